from core.charts import LONGEST_NAME, Point, draw, rank, short, shortened


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


def test_draw_leaves_room_between_long_names():
    chart = draw(title="t", unit="s", points=[Point(f"{day} Nov", day, "") for day in range(10, 24)])
    wide = draw(title="t", unit="s", points=[Point(f"11月{day}日", day, "") for day in range(10, 24)])

    assert [mark.point.label for mark in chart.marks if mark.named] == [
        "10 Nov",
        "13 Nov",
        "16 Nov",
        "19 Nov",
        "22 Nov",
    ]
    assert [mark.point.label for mark in wide.marks if mark.named] == ["11月10日", "11月14日", "11月18日", "11月22日"]


def test_names_beside_bars_are_as_long_as_there_is_room():
    chart = rank(title="t", unit="s", points=[Point("Striped lambswool jumper", 1, "1"), Point("Hat", 1, "1")])

    assert [mark.name for mark in chart.marks] == ["Striped lambswoo…", "Hat"]
    assert shortened("手工編織的羊毛毛衣與圍巾", LONGEST_NAME) == "手工編織的羊毛毛…"


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
