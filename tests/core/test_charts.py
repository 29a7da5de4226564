from core.charts import Point, draw, short


def test_draw_places_bars_on_a_round_axis():
    chart = draw(title="t", unit="TWD", points=[Point("Mon", 40_000, "NT$400"), Point("Tue", 0, "NT$0")], scale=100)

    assert [text for _, text in chart.ticks] == ["0", "100", "200", "300", "400"]
    assert [(mark.x, mark.y, mark.width, mark.height) for mark in chart.marks] == [
        (89.3, 12.0, 141.4, 200.0),
        (297.3, 212.0, 141.4, 0.0),
    ]


def test_draw_names_at_most_seven_marks():
    chart = draw(title="t", unit="s", points=[Point(str(day), day, str(day)) for day in range(31)], kind="line")

    assert [mark.point.label for mark in chart.marks if mark.named] == ["0", "5", "10", "15", "20", "25", "30"]


def test_draw_without_points_is_an_empty_frame():
    chart = draw(title="t", unit="s", points=[], kind="line")

    assert (chart.marks, chart.path, chart.area) == ([], "", "")


def test_short_writes_axis_numbers_in_few_characters():
    assert [short(number) for number in (0, 0.5, 800, 1500, 20_000, 3_000_000)] == [
        "0",
        "0.5",
        "800",
        "1.5k",
        "20k",
        "3M",
    ]
