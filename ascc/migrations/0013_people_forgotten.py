"""Whoever is erased leaves the timelines and redemptions without a name; nothing else of them may be changed."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

BY_ROW = """
    -- Only who did it may be forgotten, when that person is erased.
    CREATE OR REPLACE FUNCTION ascc_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            IF NEW.actor_id IS NULL AND to_jsonb(NEW) - 'actor_id' = to_jsonb(OLD) - 'actor_id' THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
            USING ERRCODE = 'check_violation', CONSTRAINT = 'timeline_append_only';
    END $$;
    DROP TRIGGER timeline_append_only ON ascc_voucherstep;
    DROP TRIGGER timeline_append_only ON ascc_claimstep;
    CREATE TRIGGER timeline_append_only BEFORE UPDATE OR DELETE ON ascc_voucherstep
        FOR EACH ROW EXECUTE FUNCTION ascc_append_only();
    CREATE TRIGGER timeline_append_only BEFORE UPDATE OR DELETE ON ascc_claimstep
        FOR EACH ROW EXECUTE FUNCTION ascc_append_only();
"""
BY_STATEMENT = """
    CREATE OR REPLACE FUNCTION ascc_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
            USING ERRCODE = 'check_violation', CONSTRAINT = 'timeline_append_only';
    END $$;
    DROP TRIGGER timeline_append_only ON ascc_voucherstep;
    DROP TRIGGER timeline_append_only ON ascc_claimstep;
    CREATE TRIGGER timeline_append_only BEFORE UPDATE OR DELETE ON ascc_voucherstep
        FOR EACH STATEMENT EXECUTE FUNCTION ascc_append_only();
    CREATE TRIGGER timeline_append_only BEFORE UPDATE OR DELETE ON ascc_claimstep
        FOR EACH STATEMENT EXECUTE FUNCTION ascc_append_only();
"""


def _forgettable(name: str) -> migrations.AlterField:
    actor = models.ForeignKey(
        db_index=False,
        null=True,
        on_delete=django.db.models.deletion.SET_NULL,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
    )
    return migrations.AlterField(name, "actor", actor)


def _found_by_person(name: str, index: str) -> migrations.AddIndex:
    named = models.Q(actor__isnull=False)
    return migrations.AddIndex(name, models.Index(fields=["actor"], condition=named, name=index))


class Migration(migrations.Migration):
    dependencies = [
        ("ascc", "0012_customers_shares"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        _forgettable("redemption"),
        _forgettable("voucherstep"),
        _found_by_person("voucherstep", "voucher_step_actor"),
        _found_by_person("redemption", "redemption_actor"),
        migrations.RunSQL(BY_ROW, BY_STATEMENT),
    ]
