"""Keys to a person that stand in no file of theirs, and why."""

STAFF = "who of the staff did it: about their work, shown where the work is shown"
OWN = "read through the conversation it belongs to"
EXCEPTIONS = {
    **dict.fromkeys(["*.actor", "*.invited_by", "*.created_by", "*.asked_by", "*.by", "*.composed_by"], STAFF),
    **dict.fromkeys(["*.changed_by", "*.decided_by", "*.author", "*.from_user", "*.to_user", "*.manager"], STAFF),
    **dict.fromkeys(["*.booked_by", "*.handed_over_by", "*.published_by", "*.offered_by", "*.answered_by"], STAFF),
    **dict.fromkeys(["*.assigned_to", "*.assignee", "*.closed_by"], STAFF),
    "orders.ProcedureStep.person": "whose work a step of a procedure is by its store's plan: a post, told as such",
    "chat.Participant.user": OWN,
    "chat.Manager.user": "a post at a console; posts are told as such",
    "chat.PushSubscription.user": "a browser's address for calls at a console: secrets of its push service",
}

SHOPS = "a picture of a shop, its goods or the office, public"
PAPERS = "a shop's or an office's own file about its work, which goes after some days"
FILES = {
    **dict.fromkeys(["unions.UnionBanner.sizes", "stores.Store.picture", "stores.Store.front_sizes"], SHOPS),
    **dict.fromkeys(["stores.Picture.sizes", "chat.Rule.picture", "chat.Rule.own_picture"], SHOPS),
    "matching.MatchResponse.picture": "an offer of a shop, public as those of goods are",
    **dict.fromkeys(["stores.FileRun.path", "stores.FileRun.report", "chat.ListImport.path"], PAPERS),
    "chat.ListImport.report": PAPERS,
    "ascc.ClaimPaper.path": "between the center and its insurer",
    "unions.MembershipPaper.file": "of an enterprise that applied",
}
