"""A movement is never edited or removed; only its actor may be forgotten when that person is erased."""

from django.db import migrations

GUARD = """
CREATE FUNCTION stores_stockmovement_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.actor_id IS NULL AND to_jsonb(NEW) - 'actor_id' = to_jsonb(OLD) - 'actor_id' THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'stock movements are append-only'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'stock_movement_append_only';
END $$;
CREATE TRIGGER stock_movement_append_only BEFORE UPDATE OR DELETE ON stores_stockmovement
    FOR EACH ROW EXECUTE FUNCTION stores_stockmovement_stays();
"""
NO_GUARD = """
DROP TRIGGER stock_movement_append_only ON stores_stockmovement;
DROP FUNCTION stores_stockmovement_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("stores", "0001_initial")]

    operations = [migrations.RunSQL(GUARD, NO_GUARD)]
