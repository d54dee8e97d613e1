from django.db import migrations

import voiceroom.models.search


def fill(apps, schema_editor):
    """Saving makes the text."""
    for room in apps.get_model("voiceroom", "Room").objects.using(schema_editor.connection.alias).iterator():
        room.save(update_fields=["searched"])


class Migration(migrations.Migration):
    dependencies = [
        ("voiceroom", "0007_limits"),
    ]

    operations = [
        migrations.AddField(
            model_name="room",
            name="searched",
            field=voiceroom.models.search.SearchText("name", "topic", default="", editable=False),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
