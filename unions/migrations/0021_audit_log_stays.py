"""The audit log is never edited or removed; only its actor may be forgotten when that person is erased."""

from django.db import migrations

GUARD = """
CREATE FUNCTION unions_auditentry_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.actor_id IS NULL AND to_jsonb(NEW) - 'actor_id' = to_jsonb(OLD) - 'actor_id' THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'the audit log is append-only'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'audit_log_append_only';
END $$;
CREATE TRIGGER audit_log_append_only BEFORE UPDATE OR DELETE ON unions_auditentry
    FOR EACH ROW EXECUTE FUNCTION unions_auditentry_stays();
"""
NO_GUARD = """
DROP TRIGGER audit_log_append_only ON unions_auditentry;
DROP FUNCTION unions_auditentry_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("unions", "0020_banners_holidays_audit_agreed_commission")]

    operations = [migrations.RunSQL(GUARD, NO_GUARD)]
