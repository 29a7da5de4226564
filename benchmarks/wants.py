"""What another shop's classes are in the large tree of signal codes: for the measure of suggestions by its queries.

Judged by hand, class by class, before the weights were tuned. First the codes that say the same (whatever is below them
is a finer answer and as right), then, behind the bar, the branches that a shop for it stands in.
"""

from __future__ import annotations

_SAID = """
Accent Chairs: fr-7-1 fr-7-11 | fr-7
Accent Chests / Cabinets: fr-4-12 fr-4-13 fr-4-5 | fr-4
Accent Pillows: hg-3-64 hg-3-15 | hg-3 hg-15-1-9
Accent Stools: fr-14 fr-7-6-2 fr-7-12 | fr-7 fr-14
Adjustable Beds: fr-2-2 fr-2-5-1 | fr-2
Area Rugs: hg-3-57 | hg-3 hg-1-2
Armoires & Wardrobes: fr-4-1 | fr-4
Awnings: hg-12-2-2 | hg-12
Bar Stools: fr-7-12 | fr-7
Barn Door Hardware: ha-2-2 ha-2-3 | ha-2
Bars & Bar Sets: fr-4-15 fr-4-16 | fr-4 fr-10
Bath Accessories: hg-1 | hg-1
Bath Rugs & Mats: hg-1-2 | hg-1 hg-3-57
Bathroom Sink Faucets: ha-10-3-3 | ha-10
Bathroom Storage: hg-1-1 hg-1-9 fr-4-14-1 fr-4-12 | hg-1 fr-4 fr-19 hg-10-16
Bed Accessories: fr-2-1 | fr-2
Bed Frames: fr-2-2 | fr-2
Bedding Sets: hg-15-1 | hg-15
Beds: fr-2-2 | fr-2
Benches: fr-3 | fr-3
Bike And Sport Racks: sg-4-4-1-19 hg-10-16-9 | sg-4-4 hg-10-16
Bird Play Stand & Playcenters: ap-2-1 | ap-2
Bookcases: fr-19-1 | fr-19
Boxes, Bins, Baskets, & Buckets: hg-10-16-6 hg-3-6 | hg-10-16 hg-3-6
Bread & Loaf Pans: hg-11-2-1-3 | hg-11-2
Cabinet and Drawer Knobs: ha-6-2-5 | ha-6
Cabinet and Drawer Pulls: ha-6-2-5 | ha-6
Candle Holders: hg-3-39-2 | hg-3-39 hg-3-40
Canisters & Jars: hg-11-4-6 hg-11-4-3 hg-3-22 | hg-11
Carts & Stands: fr-5-1 os-9 | fr-5 os-9 el-13 fr-12
Ceiling Fans: hg-9-1-6-1 | hg-9-1
Chair Accessories: hg-3-15 fr-6 | hg-3 fr-6 fr-13
Chairmats: os-8 | os
Chandeliers: hg-13-9-3 | hg-13
Christmas Trees: hg-3-2-4 hg-3-58 | hg-3
Closet Organizer Accessories: fr-4-17 hg-10-16-1 | fr-4 hg-10-16
Coat Racks and Hooks: hg-3-18 fr-3-2-2 | hg-3 fr-3-2 hg-10-16-9
Coffee & Cocktail Tables: fr-24-1-1 | fr-24
Computer Mounts: el-17-5-5-1 el-7-8 | el
Cooking Utensils: hg-11-8 | hg-11
Cookware Sets: hg-11-2-3 | hg-11
Covers & Carry Bags: hg-11-6-19 | hg-11-6 fr-16
Crib Bedding Sets: hg-15-1 fr-1-5 | hg-15 fr-1 bt
Crock Pots & Slow Cookers: hg-11-7-14-4 | hg-11-7
Curtain Hardware & Accessories: hg-3-73 | hg-3
Curtains & Drapes: hg-3-74-1 | hg-3
Daybeds & Guest Beds: fr-8 fr-2-2-14 | fr-8 fr-2
Deck Boxes: fr-15-5 | fr-15 hg-12
Decorative Objects: hg-3-30 hg-3-4-3 | hg-3
Decorative Trays: hg-3-25 | hg-3 hg-11-10
Desks: fr-12-1 | fr-12
Dining Bowls: hg-11-10-4 | hg-11
Dining Chairs: fr-7-9 | fr-7
Dining Linens: hg-15-3 | hg-15
Dining Table Sets: fr-10-3 | fr-10 fr-24
Dining Tables: fr-24-4 | fr-24
Dog and Cat Bowls, Feeders & Accessories: ap-2-14 | ap-2
Door Knobs: ha-2-2-5 | ha-2
Door Levers: ha-2-2-5 | ha-2
Door Mats: hg-3-26 | hg-3
Dressers & Chests: fr-4-5 fr-4-13 | fr-4
Dryers: hg-9-8-1 | hg-9-8
End Tables: fr-24-1-2 fr-24-6 | fr-24
Espresso Machines: hg-11-7-4 | hg-11-7
Faux Florals: hg-3-2 | hg-3
Faux Plants and Trees: hg-3-2 | hg-3
Fencing & Accessories: ha-3 fr-18 | ha-3 hg-12
Flatware Serving Pieces: hg-11-10-6 hg-11-8-7 | hg-11
Floor & Wall Tile: ha-2-18 ha-2-5 | ha-2
Flush Mount Lighting: hg-13-9-2 | hg-13
Foam and Latex Mattresses: fr-2-6 | fr-2
Folding Tables: fr-24-3 | fr-24
Food Storage & Dispensers: hg-11-4 hg-11-8-29 | hg-11
Fountains: hg-3-35 | hg-3
Free Weights: sg-2-24-2 | sg-2
Furniture Covers: fr-16-1 | fr-16
Furniture Cushions: hg-3-15 hg-3-14 | hg-3 fr-16 fr-15
Garden Accents: hg-3-43 | hg-3 hg-12
Garden Statues: hg-3-43 hg-3-4-3 | hg-3 hg-12
Glassware & Barware: hg-11-10-5 hg-11-1 | hg-11
Hampers & Baskets: hg-10-9-16 | hg-10
Headboards: fr-2-4 | fr-2
Indoor Chaise Lounges: fr-7-3 fr-22-1 | fr-7 fr-22
Innerspring Mattresses: fr-2-6 | fr-2
Interior Doors: ha-2-3-2 fr-4-17-3 | ha-2 fr-4-17
Jewelry Armoires: fr-4-1-7 hb-2-3 | fr-4 hb-2
Kids Beds: fr-2-2 fr-1-6 | fr-2 fr-1
Kids Chairs: fr-7 fr-1-9 | fr-7 fr-1 tg
Kids Desks: fr-12-1 | fr-12
Kids Wall Décor: hg-3-4 hg-3-38 | hg-3
Kitchen Faucets: ha-10-3-3 | ha-10
Kitchen Islands: fr-5-2 | fr-5
Kitchen Mats: os-8-1 hg-3-57 | os-8 hg-3
Kitchen Sinks: ha-10-3-5 | ha-10
Landscape Lighting: hg-13-6 hg-13-4 hg-13-3 | hg-13
Laundry Accessories & Storage: bi-15-2 hg-10-9 | hg-10 bi-15
Lawn Games: sg-4-14 | sg-4 tg-3 hg-18
Lecterns & Podiums: os-13-8 | os
Licensed Products: hg-3-57 | hg-3
Light Bulbs: hg-13-7 | hg-13
Lighting Accessories: hg-14 ha-11 | hg-14 ha-11 hg-13
Lighting Shades: hg-14-3 | hg-14
Living Room Sets: fr-10-4 | fr-10 fr-22
Living Room Table Sets: fr-24-1 fr-10-4 | fr-24 fr-10
Log Storage: hg-5-10 | hg-5
Mailboxes: hg-3-46 hg-3-44 | hg-3
Makeup Vanities: fr-4-14-2 | fr-4
Massage Chairs: fr-7-4 hb-3-11-3 bi-10-3 | fr-7 hb-3-11 bi-10
Mattress Covers and Protectors: hg-15-1-6 | hg-15 fr-2
Mattress Toppers and Pads: hg-15-1-6 fr-2-6 | hg-15 fr-2
Memo Boards: os-13-2 os-13-4 os-3-5 | os
Molding & Millwork: ha-2-11 ha-2-19 | ha-2
Nightstands: fr-24-6 | fr-24
Office Chairs: fr-12-2 | fr-12 fr-7
Office Storage Cabinets: fr-4-12 fr-4-6 | fr-4
Ottomans: fr-14 | fr-14
Outdoor Conversation Sets: fr-15-2 fr-15-4 | fr-15
Outdoor Fireplaces: hg-6-2 fr-15-6-7 | hg-6 fr-15
Outdoor Lanterns & Lamps: hg-13 hg-3-39-2 | hg-13 hg-3-39
Outdoor Wall Decor: hg-3-50 hg-3-23 | hg-3
Outdoor Wall Lights: hg-13-9-4 hg-13-3 | hg-13
Pantry Cabinets: fr-4-8 | fr-4
Patio Bar Sets: fr-15-2 | fr-15 fr-10
Patio Bar Stools: fr-15-4-2 fr-7-12 | fr-15 fr-7-12
Patio Chaise Lounges: fr-15-4-5 fr-15-4-2 | fr-15
Patio Dining Sets: fr-15-2 fr-15-6 | fr-15
Patio Lounge Chairs: fr-15-4-2 fr-15-4-5 | fr-15
Patio Rockers & Gliders: fr-15-4-2 fr-7-10 | fr-15 fr-7-10
Patio Sofas: fr-15-4-4 fr-15-4-3 | fr-15
Patio Umbrella Stands & Bases: hg-12-2-7 | hg-12-2 hg-16
Pendant Lights: hg-13-9-2 hg-13-9-3 | hg-13
Pergolas: hg-12-2-6-3 | hg-12
Pet Gates: bt-4-2 | bt-4 ap-2
Picnic Baskets & Coolers: hg-11-3 hg-11-4 | hg-11
Picture Frames: hg-3-52 | hg-3
Plant & Telephone Tables: hg-12-1-14 | hg-12-1 fr-24
Planters: hg-12-1-16 | hg-12-1
Plates & Saucers: hg-11-10-4 | hg-11
Playhouses & Play Tents: tg-3-5 tg-3-4 | tg-3
Projector Screens: el-17-5-3 | el-17
Range Hoods: hg-11-7-39 | hg-11
Recliners: fr-7-1 | fr-7
Refrigerators: hg-11-7 | hg-11
Ride-On Toys: tg-5-20 | tg-5
Saunas: hg-18-3 | hg-18
Sectionals: fr-22 | fr-22
Serving Dishes & Platters: hg-11-10-7 | hg-11
Sheets And Sheet Sets: hg-15-1 | hg-15
Shelving & Racks: fr-19 fr-4-8-9 | fr-19 fr-4 hg-10-16
Shoe Storage: hg-10-16-1-6 fr-3-2-12 | hg-10-16 fr-3-2 fr-4
Shower & Tub Accessories: hg-1-1 | hg-1
Shower & Tub Doors: ha-10-2-6-6 | ha-10 ha-2-3
Shower Curtain Hooks and Accessories: hg-1-12 | hg-1
Shower Curtains: hg-1-13 | hg-1
Shower Faucets & Systems: ha-10-3-3 ha-10-2-6 | ha-10
Shower Heads: ha-10-2-6-7 | ha-10
Sideboards & Buffets: fr-4-2 fr-4-11 fr-4-3 | fr-4
Smoke & CO Detectors: hg-7 ha-15-36-11 | hg-7 ha-15-36
Sofa & Console Tables: fr-24-1-3 fr-24-4-1 | fr-24
Sofas: fr-22 | fr-22
Specialty Serving: hg-11-10-7 hg-11-10-8 | hg-11
Storage Drawers: hg-10-16-7 hg-10-16-1 fr-4 | hg-10-16 fr-4
Strainers, Colanders, & Salad Spinners: hg-11-8-12 hg-11-8-64 | hg-11
String Lights: hg-13-8 | hg-13
Swing Set Accessories: tg-3-11 sg-4-3 | tg-3 sg-4-3
TV Stands & Entertainment Centers: fr-9 | fr-9
Table Lamps: hg-13-5 | hg-13
Toilet Paper Holders: hg-1-19 | hg-1
Towel & Robe Hooks: hg-1-10 hg-1-21 | hg-1
Trash Cans & Recycling: hg-10-18 | hg-10
Tubs And Whirlpools: ha-10-3-2 | ha-10
Under Cabinet Lighting: hg-13-9-1 hg-13-8 | hg-13
Uniters Outdoor Furniture: fr-15 fr-16 | fr-15 fr-16
Vanities: fr-4-14-1 | fr-4
Vanity Bases: fr-4-14-1 | fr-4
Vanity Lighting: hg-13-9-4 | hg-13
Vases, Urns, Jars, & Bottles: hg-3-67 rc-1-1 hg-3-22 | hg-3 rc-1
Wall & Accent Mirrors: hg-3-47 | hg-3
Wall Art: hg-3-4 | hg-3
Wall Clocks: hg-3-17 | hg-3
Wall Décor: hg-3-4 hg-3-23 hg-3-50 hg-3-38 | hg-3
Wall Mounted Shelves: fr-19-2 | fr-19
Wall Plates: ha-11-25 ha-11-10-1 | ha-11
Wall Sconces: hg-13-9-4 | hg-13
Wallpaper: hg-3-68 | hg-3
Washing Machines: hg-9-8-6 | hg-9
Weather Instruments: ha-15-36-38 hg-3-17 hg-10-8 | ha-15-36 hg-3
Wreaths: hg-3-76 | hg-3
"""

CLASSES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
for _line in _SAID.strip().splitlines():
    _name, _codes = _line.rsplit(": ", 1)
    _same, _near = _codes.split(" | ")
    CLASSES[_name] = (tuple(_same.split()), (*_same.split(), *_near.split()))
del _line, _name, _codes, _same, _near


def stands_in(code: str, branches: tuple[str, ...]) -> bool:
    """Whether a code is one of these or below one."""
    return any(code == branch or code.startswith(branch + "-") for branch in branches)
