"""A step that gets a signature keeps what was drawn, and is done only with the name of who signed.

Steps that are done already stay as they are, and so do those of people who are erased: only becoming done is looked at.
"""

from django.db import migrations, models

NAMED = """
CREATE FUNCTION orders_runstep_is_signed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.state = 'done' THEN
            RETURN NEW;
        END IF;
    END IF;
    IF EXISTS (SELECT FROM orders_procedurestep WHERE id = NEW.step_id AND kind = 'signature') THEN
        RAISE EXCEPTION 'a step that gets a signature is done with the name of who signed'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'run_step_signed_by_somebody';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER run_step_signed_by_somebody BEFORE INSERT OR UPDATE OF state ON orders_runstep
    FOR EACH ROW WHEN (NEW.state = 'done' AND NEW.signed_by = '') EXECUTE FUNCTION orders_runstep_is_signed();
"""
NOT_NAMED = """
DROP TRIGGER run_step_signed_by_somebody ON orders_runstep;
DROP FUNCTION orders_runstep_is_signed();
"""


class Migration(migrations.Migration):

    dependencies = [
        ("orders", "0091_exchanges_in_figures"),
    ]

    operations = [
        migrations.AddField(
            model_name="runstep",
            name="signature",
            field=models.BinaryField(blank=True, editable=False, null=True),
        ),
        migrations.RunSQL(NAMED, NOT_NAMED),
    ]
