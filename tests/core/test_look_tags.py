from core.templatetags.look import icon, stars


def test_icon_is_silent_beside_words():
    assert icon("cart") == '<svg class="icon" aria-hidden="true"><use href="/static/icons.svg#cart"/></svg>'


def test_icon_alone_says_its_label_escaped():
    assert icon("cart", 'Cart "one"') == (
        '<svg class="icon" role="img" aria-label="Cart &quot;one&quot;"><use href="/static/icons.svg#cart"/></svg>'
    )


def test_stars_say_rating_and_number_of_reviews():
    html = stars(3.5, 2)

    assert 'aria-label="3.5 of 5 stars, 2 reviews"' in html
    assert 'viewBox="0 0 72.8 20"' in html


def test_stars_are_absent_without_a_rating():
    assert stars(None, 0) == ""
