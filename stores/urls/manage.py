"""The stores' part of `/manage/…`; `martunion.urls.manage` puts it together with the orders' part."""

from django.urls import path, re_path

from stores.views.manage import (
    files,
    goods,
    home,
    pictures,
    prices,
    purchase_orders,
    reserve,
    settings,
    sheets,
    stock,
    suppliers,
    team,
    urgent,
    variants,
)

STORE = "<slug:union>/<slug:store>"
PRODUCT = f"{STORE}/catalogue/<slug:product>"


def one_of(name: str, *words: str) -> str:
    """A path part that is one of these words; the address of anything else does not exist."""
    return rf"(?P<{name}>{'|'.join(words)})"


SLUGS = r"^(?P<union>[-\w]+)/(?P<store>[-\w]+)"
PRODUCTS = rf"{SLUGS}/catalogue/(?P<product>[-\w]+)"

urlpatterns = [
    path("", home.home, name="home"),
    path("stores/new/", home.new_store, name="new_store"),
    path("invitations/<str:token>/", home.invitation, name="invitation"),
    path(f"{STORE}/catalogue/", goods.catalogue, name="catalogue"),
    path(f"{STORE}/catalogue-new/", goods.new_product, name="new_product"),
    path(f"{PRODUCT}/", goods.product, name="product"),
    path(f"{PRODUCT}/variant/", variants.variant, name="variant"),
    path(f"{PRODUCT}/options/", variants.options, name="options"),
    path(f"{PRODUCT}/price/", variants.price, name="price"),
    path(f"{PRODUCT}/prices/", prices.prices, name="prices"),
    path(f"{PRODUCT}/prices/call-off/", prices.plan_gone, name="plan_gone"),
    path(f"{PRODUCT}/pictures/", pictures.pictures, name="pictures"),
    re_path(
        rf"{PRODUCTS}/pictures/{one_of('change', 'earlier', 'later', 'describe', 'delete')}/$",
        pictures.picture_change,
        name="picture_change",
    ),
    re_path(
        rf"{PRODUCTS}/variants/{one_of('change', 'archive', 'restore')}/$", variants.variant_state, name="variant_state"
    ),
    re_path(rf"{PRODUCTS}/{one_of('change', *goods.STATE_CHANGES)}/$", goods.product_state, name="product_state"),
    path(f"{STORE}/stock/", stock.stock, name="stock"),
    path(f"{STORE}/stock-movements/", stock.stock_movements, name="stock_movements"),
    path(f"{STORE}/reserve/", reserve.reserve, name="reserve"),
    path(f"{STORE}/stock-value/", reserve.value, name="stock_value"),
    path(f"{STORE}/suppliers/", suppliers.suppliers, name="suppliers"),
    path(f"{STORE}/suppliers/new/", suppliers.supplier_edit, name="new_supplier"),
    path(f"{STORE}/suppliers/<str:ref>/", suppliers.supplier, name="supplier"),
    path(f"{STORE}/suppliers/<str:ref>/edit/", suppliers.supplier_edit, name="supplier_edit"),
    path(f"{STORE}/suppliers/<str:ref>/good-gone/", suppliers.good_gone, name="good_gone"),
    path(f"{STORE}/purchase-orders/", purchase_orders.purchase_orders, name="purchase_orders"),
    path(f"{STORE}/purchase-orders/propose/", purchase_orders.propose, name="propose_orders"),
    path(f"{STORE}/purchase-orders/<str:number>/", purchase_orders.purchase_order, name="purchase_order"),
    re_path(
        rf"{SLUGS}/purchase-orders/(?P<number>[-\w]+)/{one_of('change', 'send', 'call-off')}/$",
        purchase_orders.order_change,
        name="purchase_order_change",
    ),
    path(f"{STORE}/stock-sheets/", sheets.sheets, name="stock_sheets"),
    re_path(
        rf"{SLUGS}/stock-sheets/new/{one_of('kind', 'lay_in', 'take_out', 'transfer', 'count')}/$",
        sheets.new_sheet,
        name="new_stock_sheet",
    ),
    path(f"{STORE}/stock-sheets/<str:number>/", sheets.sheet, name="stock_sheet"),
    re_path(
        rf"{SLUGS}/stock-sheets/(?P<number>[-\w]+)/{one_of('change', 'pieces', 'off', 'fill', 'book', 'discard')}/$",
        sheets.sheet_change,
        name="stock_sheet_change",
    ),
    path(f"{STORE}/stock/<path:sku>/low/", stock.low_mark, name="low_mark"),
    path(f"{STORE}/stock/<path:sku>/", stock.stock_item, name="stock_item"),
    path(f"{STORE}/urgent-sales/", urgent.sales, name="urgent_sales"),
    path(f"{STORE}/urgent-sales/new/", urgent.new, name="urgent_sale_new"),
    path(f"{STORE}/urgent-sales/<slug:ref>/", urgent.sale, name="urgent_sale"),
    path(f"{STORE}/urgent-sales/<slug:ref>/end/", urgent.end, name="urgent_sale_end"),
    path(f"{STORE}/settings/", settings.settings, name="settings"),
    path(f"{STORE}/settings/front-gone/", settings.front_gone, name="front_gone"),
    re_path(rf"{SLUGS}/{one_of('change', 'publish', 'unpublish')}/$", settings.store_state, name="store_state"),
    path(f"{STORE}/hours/", settings.hours, name="hours"),
    path(f"{STORE}/hours/holidays/", settings.holidays, name="holidays"),
    path(f"{STORE}/hours/special-day-gone/", settings.special_day_gone, name="special_day_gone"),
    path(f"{STORE}/delivery/", settings.delivery, name="delivery"),
    path(f"{STORE}/delivery/option/", settings.delivery_option, name="delivery_option"),
    path(f"{STORE}/delivery/offer/", settings.delivery_offer, name="delivery_offer"),
    path(f"{STORE}/files/", files.files, name="files"),
    path(f"{STORE}/files/out/<slug:kind>/", files.file_out, name="file_out"),
    path(f"{STORE}/files/in/<slug:kind>/", files.file_in, name="file_in"),
    path(f"{STORE}/files/<str:ref>/", files.file, name="file"),
    path(f"{STORE}/files/<str:ref>/columns/", files.file_columns, name="file_columns"),
    path(f"{STORE}/files/<str:ref>/go/", files.file_go, name="file_go"),
    path(f"{STORE}/team/", team.team, name="team"),
    re_path(
        rf"{SLUGS}/team/{one_of('change', 'permissions', 'remove', 'owner')}/$", team.staff_change, name="staff_change"
    ),
    path(f"{STORE}/team/owner-remove/", team.owner_remove, name="owner_remove"),
    path(f"{STORE}/team/withdraw/", team.invitation_withdraw, name="invitation_withdraw"),
    path(f"{STORE}/keys/", team.keys, name="keys"),
    path(f"{STORE}/keys/revoke/", team.key_revoke, name="key_revoke"),
]
