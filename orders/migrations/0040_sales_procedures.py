"""Sales procedures: versions of steps, orders on their way through them, and figures of how long they lay where.

The steps of a published version are kept from changing by a trigger; only a person who is erased is forgotten there.
"""

import django.contrib.postgres.fields
import django.db.models.constraints
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.tenancy import SameUnion

GUARD = """
CREATE FUNCTION orders_procedurestep_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    version bigint := CASE WHEN TG_OP = 'DELETE' THEN OLD.version_id ELSE NEW.version_id END;
BEGIN
    IF EXISTS (SELECT FROM orders_procedureversion WHERE id = version AND published_at IS NOT NULL) THEN
        IF TG_OP = 'UPDATE' THEN
            IF NEW.person_id IS NULL AND to_jsonb(NEW) - 'person_id' = to_jsonb(OLD) - 'person_id' THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION 'the steps of a published version never change'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'procedure_step_published_stays';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER procedure_step_published_stays BEFORE INSERT OR UPDATE OR DELETE ON orders_procedurestep
    FOR EACH ROW EXECUTE FUNCTION orders_procedurestep_stays();
"""
NO_GUARD = """
DROP TRIGGER procedure_step_published_stays ON orders_procedurestep;
DROP FUNCTION orders_procedurestep_stays();
"""


class Migration(migrations.Migration):

    dependencies = [
        ("orders", "0031_older_parcels"),
        ('stores', '0011_services_without_appointment'),
        ('unions', '0006_signal_codes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Procedure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ref', models.CharField(max_length=24, verbose_name='reference')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('retired_at', models.DateTimeField(blank=True, null=True, verbose_name='no longer used')),
                ('created_at', models.DateTimeField(verbose_name='made')),
                ('source', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='copies', to='orders.procedure')),
                ('store', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='procedures', to='stores.store')),
                ('union', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='procedures', to='unions.union')),
            ],
            options={
                'verbose_name': 'sales procedure',
                'verbose_name_plural': 'sales procedures',
                'ordering': ['name', 'id'],
            },
        ),
        migrations.CreateModel(
            name='ProcedureAssignment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('category', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='stores.category')),
                ('order', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='orders.order')),
                ('procedure', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='assignments', to='orders.procedure')),
                ('product', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='stores.product')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='procedure_assignments', to='stores.store')),
                ('union', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='unions.union')),
            ],
            options={
                'verbose_name': 'use of a procedure',
                'verbose_name_plural': 'uses of procedures',
            },
        ),
        migrations.CreateModel(
            name='ProcedureVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='version')),
                ('published_at', models.DateTimeField(blank=True, null=True, verbose_name='published')),
                ('procedure', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='orders.procedure')),
                ('published_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('union', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='unions.union')),
            ],
            options={
                'verbose_name': 'version of a procedure',
                'verbose_name_plural': 'versions of procedures',
                'ordering': ['-number'],
            },
        ),
        migrations.CreateModel(
            name='ProcedureStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(verbose_name='position')),
                ('key', models.CharField(max_length=16)),
                ('kind', models.CharField(choices=[('confirm', 'confirm the order'), ('take_deposit', 'take a deposit'), ('pick', 'pick the goods'), ('pack', 'pack'), ('quality_check', 'check the quality'), ('deliver', 'deliver'), ('install', 'install'), ('signature', 'get a signature'), ('call_back', 'call back'), ('own', 'a step of our own')], default='own', max_length=16, verbose_name='kind')),
                ('title', models.CharField(max_length=80, verbose_name='title')),
                ('promise', models.CharField(blank=True, max_length=160, verbose_name='what the shopper reads')),
                ('translations', models.JSONField(blank=True, default=dict, verbose_name='translations')),
                ('tells', models.BooleanField(default=False, verbose_name='tell the shopper by mail when it is done')),
                ('permission', models.CharField(choices=[('orders', 'handle orders'), ('catalogue', 'edit goods'), ('stock', 'change stock'), ('settlement', 'see settlement'), ('team', 'manage the team'), ('console', 'talk to shoppers'), ('service', 'do after-sales service')], default='orders', help_text='Whoever may do this in the store.', max_length=12, verbose_name='who does it')),
                ('due_count', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='how many')),
                ('due_unit', models.CharField(choices=[('minutes', 'minutes'), ('hours', 'hours'), ('days', 'days'), ('working_days', 'working days')], default='hours', max_length=12, verbose_name='of what')),
                ('due_from', models.CharField(choices=[('paid', 'after the payment'), ('previous', 'after the step before it'), ('step', 'after an earlier step'), ('deadline', "before the order's deadline")], default='previous', max_length=8, verbose_name='counted')),
                ('due_key', models.CharField(blank=True, max_length=16)),
                ('checklist', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=120), blank=True, default=list, size=None, verbose_name='checklist')),
                ('moves', models.CharField(blank=True, choices=[('', 'nothing'), ('accept', 'accepts the order'), ('pack', 'makes it packed'), ('send', 'sends it, or hands it over at the counter'), ('deliver', 'makes it delivered')], default='', max_length=8, verbose_name='what it does to the order')),
                ('deposit', models.PositiveBigIntegerField(blank=True, null=True, verbose_name='deposit in minor units')),
                ('may_be_skipped', models.BooleanField(default=True, verbose_name='may be skipped')),
                ('person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='usually this person')),
                ('union', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='unions.union')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='orders.procedureversion')),
            ],
            options={
                'verbose_name': 'step of a procedure',
                'verbose_name_plural': 'steps of procedures',
                'ordering': ['position'],
            },
        ),
        migrations.CreateModel(
            name='OrderRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('started_at', models.DateTimeField(verbose_name='started')),
                ('replaced_at', models.DateTimeField(blank=True, null=True, verbose_name='replaced')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='orders.order')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
                ('union', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='unions.union')),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='orders.procedureversion')),
            ],
            options={
                'verbose_name': 'order on its way',
                'verbose_name_plural': 'orders on their way',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='RunStep',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveSmallIntegerField(verbose_name='position')),
                ('state', models.CharField(choices=[('blocked', 'not yet'), ('open', 'to do'), ('done', 'done'), ('skipped', 'skipped'), ('called_off', 'called off')], default='blocked', max_length=10, verbose_name='state')),
                ('due_at', models.DateTimeField(blank=True, null=True, verbose_name='due')),
                ('ready_at', models.DateTimeField(blank=True, null=True, verbose_name='its turn since')),
                ('taken_at', models.DateTimeField(blank=True, null=True, verbose_name='taken')),
                ('ticked', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), blank=True, default=list, size=None)),
                ('note', models.CharField(blank=True, max_length=500, verbose_name='note')),
                ('signed_by', models.CharField(blank=True, max_length=120, verbose_name='signed by')),
                ('closed_at', models.DateTimeField(blank=True, null=True, verbose_name='closed')),
                ('told_late_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('counted_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('assignee', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('bill', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='run_step', to='orders.bill')),
                ('closed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='steps', to='orders.orderrun')),
                ('step', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='orders.procedurestep')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.store')),
                ('union', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='unions.union')),
            ],
            options={
                'verbose_name': 'step of an order',
                'verbose_name_plural': 'steps of orders',
                'ordering': ['position'],
            },
        ),
        migrations.CreateModel(
            name='StepFigure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=16)),
                ('day', models.DateField(verbose_name='day')),
                ('span', models.PositiveSmallIntegerField()),
                ('closed', models.PositiveIntegerField(default=0)),
                ('late', models.PositiveIntegerField(default=0)),
                ('skipped', models.PositiveIntegerField(default=0)),
                ('seconds', models.PositiveBigIntegerField(default=0)),
                ('procedure', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='orders.procedure')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='stores.store')),
                ('union', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='unions.union')),
            ],
            options={
                'verbose_name': 'figure of a step',
                'verbose_name_plural': 'figures of steps',
            },
        ),
        migrations.AddIndex(
            model_name='procedure',
            index=models.Index(fields=['store', 'name'], name='procedure_by_store'),
        ),
        migrations.AddConstraint(
            model_name='procedure',
            constraint=models.UniqueConstraint(fields=('union', 'ref'), name='procedure_ref'),
        ),
        migrations.AddIndex(
            model_name='procedureassignment',
            index=models.Index(models.F('order'), condition=models.Q(('order__isnull', False)), name='procedure_of_order'),
        ),
        migrations.AddConstraint(
            model_name='procedureassignment',
            constraint=models.UniqueConstraint(fields=('store', 'category', 'product', 'order'), name='procedure_assignment_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='procedureassignment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('category', None), ('product', None)), models.Q(('category', None), ('order', None)), models.Q(('order', None), ('product', None)), _connector='OR'), name='procedure_assignment_to_one'),
        ),
        migrations.AddConstraint(
            model_name='procedureversion',
            constraint=models.UniqueConstraint(fields=('procedure', 'number'), name='procedure_version_number'),
        ),
        migrations.AddConstraint(
            model_name='procedureversion',
            constraint=models.UniqueConstraint(condition=models.Q(('published_at', None)), fields=('procedure',), name='procedure_version_one_draft'),
        ),
        migrations.AddConstraint(
            model_name='procedurestep',
            constraint=models.UniqueConstraint(deferrable=django.db.models.constraints.Deferrable['DEFERRED'], fields=('version', 'position'), name='procedure_step_position'),
        ),
        migrations.AddConstraint(
            model_name='procedurestep',
            constraint=models.UniqueConstraint(fields=('version', 'key'), name='procedure_step_key'),
        ),
        migrations.AddConstraint(
            model_name='procedurestep',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('deposit__gt', 0), ('kind', 'take_deposit')), models.Q(models.Q(('kind', 'take_deposit'), _negated=True), ('deposit', None)), _connector='OR'), name='procedure_step_deposit'),
        ),
        migrations.AddConstraint(
            model_name='procedurestep',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('due_from', 'step'), models.Q(('due_key', ''), _negated=True)), models.Q(models.Q(('due_from', 'step'), _negated=True), ('due_key', '')), _connector='OR'), name='procedure_step_due_after_one'),
        ),
        migrations.AddConstraint(
            model_name='orderrun',
            constraint=models.UniqueConstraint(condition=models.Q(('replaced_at', None)), fields=('order',), name='order_run_one'),
        ),
        migrations.AddIndex(
            model_name='runstep',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['store', 'due_at'], name='run_step_work'),
        ),
        migrations.AddIndex(
            model_name='runstep',
            index=models.Index(condition=models.Q(('due_at__isnull', False), ('state', 'open'), ('told_late_at', None)), fields=['due_at'], name='run_step_to_tell'),
        ),
        migrations.AddIndex(
            model_name='runstep',
            index=models.Index(condition=models.Q(('counted_at', None), ('state__in', ['done', 'skipped'])), fields=['id'], name='run_step_to_count'),
        ),
        migrations.AddIndex(
            model_name='runstep',
            index=models.Index(models.F('assignee'), condition=models.Q(('state', 'open')), name='run_step_mine'),
        ),
        migrations.AddConstraint(
            model_name='runstep',
            constraint=models.UniqueConstraint(fields=('run', 'position'), name='run_step_position'),
        ),
        migrations.AddConstraint(
            model_name='runstep',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('state__in', ['blocked', 'open'])), models.Q(('closed_at__isnull', False), ('state__in', ['done', 'skipped', 'called_off'])), _connector='OR'), name='run_step_closed_at'),
        ),
        migrations.AddConstraint(
            model_name='runstep',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'open'), _negated=True), ('ready_at__isnull', False), _connector='OR'), name='run_step_open_is_ready'),
        ),
        migrations.AddConstraint(
            model_name='runstep',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'skipped'), _negated=True), models.Q(('note', ''), _negated=True), _connector='OR'), name='run_step_skipped_with_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='stepfigure',
            constraint=models.UniqueConstraint(fields=('store', 'procedure', 'key', 'day', 'span'), name='step_figure_once'),
        ),
        SameUnion("procedure", "store"),
        SameUnion("procedure", "source"),
        SameUnion("procedureversion", "procedure"),
        SameUnion("procedurestep", "version"),
        SameUnion("procedureassignment", "store"),
        SameUnion("procedureassignment", "procedure"),
        SameUnion("procedureassignment", "category"),
        SameUnion("procedureassignment", "product"),
        SameUnion("procedureassignment", "order"),
        SameUnion("orderrun", "order"),
        SameUnion("orderrun", "store"),
        SameUnion("orderrun", "version"),
        SameUnion("runstep", "store"),
        SameUnion("runstep", "run"),
        SameUnion("runstep", "step"),
        SameUnion("runstep", "bill"),
        SameUnion("stepfigure", "store"),
        SameUnion("stepfigure", "procedure"),
        migrations.RunSQL(GUARD, NO_GUARD),
    ]
