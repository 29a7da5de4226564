"""What can be reserved, who does it, and reservations that no two people share."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from core.tenancy import SameUnion


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0006_wished_times'),
        ('stores', '0006_rows_in_one_union'),
        ('unions', '0004_papers_and_changes_in_their_union'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Bookable',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(editable=False, max_length=16)),
                ('title', models.CharField(blank=True, help_text='Of a visit; services have theirs.', max_length=120, verbose_name='title')),
                ('minutes', models.PositiveSmallIntegerField(default=60, validators=[django.core.validators.MinValueValidator(5), django.core.validators.MaxValueValidator(1440)], verbose_name='minutes it takes')),
                ('before_minutes', models.PositiveSmallIntegerField(default=0, validators=[django.core.validators.MaxValueValidator(1440)], verbose_name='minutes to prepare')),
                ('after_minutes', models.PositiveSmallIntegerField(default=0, validators=[django.core.validators.MaxValueValidator(1440)], verbose_name='minutes to clear up')),
                ('step_minutes', models.PositiveSmallIntegerField(default=30, validators=[django.core.validators.MinValueValidator(5), django.core.validators.MaxValueValidator(1440)], verbose_name='a start every … minutes')),
                ('notice_minutes', models.PositiveIntegerField(default=120, validators=[django.core.validators.MaxValueValidator(86400)], verbose_name='minutes of notice')),
                ('ahead_days', models.PositiveSmallIntegerField(default=30, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(365)], verbose_name='days ahead')),
                ('cancel_until_minutes', models.PositiveIntegerField(default=1440, validators=[django.core.validators.MaxValueValidator(86400)], verbose_name='may be cancelled until … minutes before')),
                ('hold_minutes', models.PositiveIntegerField(default=1440, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(20160)], verbose_name='minutes for which a proposal holds the time')),
                ('no_show_minutes', models.PositiveSmallIntegerField(default=15, validators=[django.core.validators.MaxValueValidator(1440)], verbose_name='missed after … minutes')),
                ('no_show_limit', models.PositiveSmallIntegerField(default=2, help_text='Within half a year; 0 for never.', verbose_name='missed so often, the store confirms itself')),
                ('without_conversation', models.BooleanField(default=True, verbose_name='bookable on its page')),
                ('confirms_at_once', models.BooleanField(default=False, verbose_name='confirmed at once')),
                ('is_active', models.BooleanField(default=True, verbose_name='offered')),
                ('product', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='bookables', to='stores.product')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='bookables', to='stores.store')),
                ('union', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='unions.union')),
                ('variant', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='bookables', to='stores.variant')),
            ],
            options={
                'verbose_name': 'bookable service',
                'verbose_name_plural': 'bookable services',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Reservation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('place', models.PositiveSmallIntegerField(default=1, verbose_name='place')),
                ('number', models.CharField(max_length=24, verbose_name='number')),
                ('token', models.CharField(max_length=64, unique=True)),
                ('key', models.CharField(blank=True, help_text='Of the request that made it: it makes one only.', max_length=80)),
                ('state', models.CharField(choices=[('proposed', 'proposed'), ('countered', 'countered'), ('confirmed', 'confirmed'), ('declined', 'declined'), ('expired', 'expired'), ('done', 'done'), ('cancelled', 'cancelled'), ('no_show', 'did not come')], max_length=10, verbose_name='state')),
                ('proposed_by', models.CharField(choices=[('customer', 'shopper'), ('store', 'store')], max_length=8, verbose_name='who spoke last')),
                ('starts_at', models.DateTimeField(verbose_name='from')),
                ('ends_at', models.DateTimeField(verbose_name='until')),
                ('held', django.contrib.postgres.fields.ranges.DateTimeRangeField(verbose_name='held')),
                ('expires_at', models.DateTimeField(blank=True, null=True, verbose_name='held until')),
                ('name', models.CharField(blank=True, max_length=120, verbose_name='name')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='e-mail address')),
                ('phone', models.CharField(blank=True, max_length=32, verbose_name='phone')),
                ('language', models.CharField(blank=True, max_length=12, verbose_name='language')),
                ('title', models.CharField(max_length=200, verbose_name='title')),
                ('options', models.CharField(blank=True, max_length=200, verbose_name='options')),
                ('price', models.PositiveBigIntegerField(default=0, verbose_name='price in minor units')),
                ('currency', models.CharField(max_length=3, verbose_name='currency')),
                ('note', models.CharField(blank=True, max_length=500, verbose_name='note')),
                ('conversation', models.CharField(blank=True, max_length=64, verbose_name='conversation')),
                ('sequence', models.PositiveIntegerField(default=0, editable=False)),
                ('made_at', models.DateTimeField(verbose_name='made')),
                ('changed_at', models.DateTimeField(verbose_name='last change')),
                ('confirmed_at', models.DateTimeField(blank=True, null=True, verbose_name='confirmed')),
                ('day_told_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('hour_told_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('bookable', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reservations', to='orders.bookable')),
                ('product', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='stores.product')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reservations', to='stores.store')),
                ('union', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reservations', to='unions.union')),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='reservations', to=settings.AUTH_USER_MODEL)),
                ('variant', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='stores.variant')),
            ],
            options={
                'verbose_name': 'reservation',
                'verbose_name_plural': 'reservations',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='ReservationChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('from_state', models.CharField(blank=True, max_length=10)),
                ('to_state', models.CharField(choices=[('proposed', 'proposed'), ('countered', 'countered'), ('confirmed', 'confirmed'), ('declined', 'declined'), ('expired', 'expired'), ('done', 'done'), ('cancelled', 'cancelled'), ('no_show', 'did not come')], max_length=10)),
                ('side', models.CharField(blank=True, choices=[('customer', 'shopper'), ('store', 'store')], max_length=8)),
                ('note', models.CharField(blank=True, max_length=500)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('at', models.DateTimeField()),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('reservation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='changes', to='orders.reservation')),
                ('union', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='unions.union')),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Resource',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(editable=False, max_length=16)),
                ('kind', models.CharField(choices=[('person', 'person'), ('room', 'room'), ('chair', 'chair'), ('machine', 'machine')], default='person', max_length=8, verbose_name='kind')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('translations', models.JSONField(blank=True, default=dict, verbose_name='translations')),
                ('capacity', models.PositiveSmallIntegerField(default=1, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(100)], verbose_name='how many at a time')),
                ('own_hours', models.BooleanField(default=False, verbose_name='has hours of its own')),
                ('position', models.PositiveSmallIntegerField(default=0, verbose_name='position')),
                ('is_active', models.BooleanField(default=True, verbose_name='can be reserved')),
                ('store', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='resources', to='stores.store')),
                ('union', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='unions.union')),
            ],
            options={
                'verbose_name': 'resource',
                'verbose_name_plural': 'resources',
                'ordering': ['position', 'id'],
            },
        ),
        migrations.AddField(
            model_name='reservation',
            name='resource',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reservations', to='orders.resource'),
        ),
        migrations.CreateModel(
            name='ResourceDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('date', models.DateField(verbose_name='date')),
                ('reason', models.CharField(blank=True, max_length=120, verbose_name='reason')),
                ('opens', models.TimeField(blank=True, null=True, verbose_name='opens')),
                ('closes', models.TimeField(blank=True, null=True, verbose_name='closes')),
                ('resource', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='special_days', to='orders.resource')),
                ('union', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='unions.union')),
            ],
            options={
                'ordering': ['date'],
            },
        ),
        migrations.CreateModel(
            name='ResourceHours',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('weekday', models.PositiveSmallIntegerField(help_text='0 is Monday.', verbose_name='weekday')),
                ('opens', models.TimeField(verbose_name='opens')),
                ('closes', models.TimeField(verbose_name='closes')),
                ('resource', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='hours', to='orders.resource')),
                ('union', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='unions.union')),
            ],
            options={
                'ordering': ['weekday', 'opens'],
            },
        ),
        migrations.CreateModel(
            name='ResourceService',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('bookable', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='served_by', to='orders.bookable')),
                ('resource', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='services', to='orders.resource')),
                ('union', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='unions.union')),
            ],
        ),
        migrations.AddConstraint(
            model_name='bookable',
            constraint=models.UniqueConstraint(fields=('union', 'key'), name='bookable_key_in_union'),
        ),
        migrations.AddConstraint(
            model_name='bookable',
            constraint=models.UniqueConstraint(condition=models.Q(('product__isnull', False), ('variant', None)), fields=('union', 'product'), name='bookable_product_once'),
        ),
        migrations.AddConstraint(
            model_name='bookable',
            constraint=models.UniqueConstraint(fields=('union', 'variant'), name='bookable_variant_once'),
        ),
        migrations.AddConstraint(
            model_name='bookable',
            constraint=models.CheckConstraint(condition=models.Q(('product__isnull', False), models.Q(('variant', None), models.Q(('title', ''), _negated=True)), _connector='OR'), name='bookable_visit_has_title'),
        ),
        migrations.AddConstraint(
            model_name='bookable',
            constraint=models.CheckConstraint(condition=models.Q(('minutes__gte', 5), ('step_minutes__gte', 5)), name='bookable_takes_time'),
        ),
        migrations.AddConstraint(
            model_name='resource',
            constraint=models.UniqueConstraint(fields=('union', 'key'), name='resource_key_in_union'),
        ),
        migrations.AddConstraint(
            model_name='resource',
            constraint=models.CheckConstraint(condition=models.Q(('capacity__gte', 1), ('capacity__lte', 100)), name='resource_capacity_bounded'),
        ),
        migrations.AddIndex(
            model_name='reservation',
            index=models.Index(fields=['store', 'starts_at'], name='reservation_calendar'),
        ),
        migrations.AddIndex(
            model_name='reservation',
            index=models.Index(fields=['store', 'state', 'starts_at'], name='reservation_work_list'),
        ),
        migrations.AddIndex(
            model_name='reservation',
            index=models.Index(fields=['user', '-id'], name='reservation_by_user'),
        ),
        migrations.AddIndex(
            model_name='reservation',
            index=models.Index(condition=models.Q(('conversation', ''), _negated=True), fields=['conversation'], name='reservation_conversation'),
        ),
        migrations.AddIndex(
            model_name='reservation',
            index=models.Index(condition=models.Q(('state__in', ['proposed', 'countered'])), fields=['expires_at'], name='reservation_to_expire'),
        ),
        migrations.AddIndex(
            model_name='reservation',
            index=models.Index(condition=models.Q(('state', 'confirmed')), fields=['starts_at'], name='reservation_to_remind'),
        ),
        migrations.AddConstraint(
            model_name='reservation',
            constraint=models.UniqueConstraint(fields=('union', 'number'), name='reservation_number'),
        ),
        migrations.AddConstraint(
            model_name='reservation',
            constraint=models.UniqueConstraint(condition=models.Q(('key', ''), _negated=True), fields=('union', 'key'), name='reservation_key_once'),
        ),
        migrations.AddConstraint(
            model_name='reservation',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='reservation_forward'),
        ),
        migrations.AddConstraint(
            model_name='reservation',
            constraint=models.CheckConstraint(condition=models.Q(('place__gte', 1)), name='reservation_place_counts_from_one'),
        ),
        migrations.AddConstraint(
            model_name='reservation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['proposed', 'countered']), _negated=True), ('expires_at__isnull', False), _connector='OR'), name='reservation_open_ends'),
        ),
        migrations.AddConstraint(
            model_name='reservation',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(condition=models.Q(('state__in', ['proposed', 'countered', 'confirmed'])), expressions=[(models.Func(models.F('resource'), models.F('resource'), models.Value('[]'), function='int8range'), '&&'), (models.Func(models.F('place'), models.F('place'), models.Value('[]'), function='int4range'), '&&'), ('held', '&&')], name='reservation_no_double_booking'),
        ),
        migrations.AddConstraint(
            model_name='resourceday',
            constraint=models.UniqueConstraint(fields=('resource', 'date'), name='resource_day_once'),
        ),
        migrations.AddConstraint(
            model_name='resourceday',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closes', None), ('opens', None)), ('closes__gt', models.F('opens')), _connector='OR'), name='resource_day_forward'),
        ),
        migrations.AddConstraint(
            model_name='resourcehours',
            constraint=models.CheckConstraint(condition=models.Q(('weekday__lte', 6)), name='resource_hours_weekday'),
        ),
        migrations.AddConstraint(
            model_name='resourcehours',
            constraint=models.CheckConstraint(condition=models.Q(('closes__gt', models.F('opens'))), name='resource_hours_forward'),
        ),
        migrations.AddConstraint(
            model_name='resourcehours',
            constraint=models.UniqueConstraint(fields=('resource', 'weekday', 'opens'), name='resource_hours_once'),
        ),
        migrations.AddConstraint(
            model_name='resourceservice',
            constraint=models.UniqueConstraint(fields=('resource', 'bookable'), name='resource_service_once'),
        ),
        SameUnion("bookable", "store"),
        SameUnion("bookable", "product"),
        SameUnion("bookable", "variant"),
        SameUnion("resource", "store"),
        SameUnion("resourceservice", "resource"),
        SameUnion("resourceservice", "bookable"),
        SameUnion("resourcehours", "resource"),
        SameUnion("resourceday", "resource"),
        SameUnion("reservation", "store"),
        SameUnion("reservation", "bookable"),
        SameUnion("reservation", "resource"),
        SameUnion("reservation", "product"),
        SameUnion("reservation", "variant"),
        SameUnion("reservationchange", "reservation"),
    ]
