from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("chat", "0009_messages_found_within_their_conversation"),
    ]

    operations = [
        migrations.AddField(
            model_name="roomguest", name="rests_until", field=models.DateTimeField(blank=True, null=True)
        ),
        migrations.AddField(
            model_name="roomguest", name="network", field=models.GenericIPAddressField(blank=True, null=True)
        ),
    ]
