"""The one statement that writes messages: many at once, of any conversations, numbered without a gap.

A conversation whose row is locked by somebody else is left out, so that no pair delays another; the caller asks again.
What was sent before (same sender, same client id) is answered with the number that it got then.
"""

LONGEST_TEXT = 4000
"""Characters of one message."""

WRITE_MESSAGES = """
WITH incoming AS MATERIALIZED (
    SELECT * FROM ROWS FROM (
        json_to_recordset(%(messages)s::json)
        AS (c bigint, p bigint, i text, k text, t text, b jsonb, s boolean)
    ) WITH ORDINALITY AS incoming (conversation_id, sender_id, client_id, kind, text, card, of_shopper, n)
), known AS (
    SELECT incoming.n, message.seq, message.at
    FROM incoming
    JOIN chat_conversation conversation ON conversation.id = incoming.conversation_id
    -- One look into the unique index for each: as a join it was read by sender, which takes longer with every message.
    CROSS JOIN LATERAL (
        SELECT seq, at FROM chat_message
        WHERE union_id = conversation.union_id AND conversation_id = incoming.conversation_id
            AND sender_id = incoming.sender_id AND client_id = incoming.client_id
        LIMIT 1
    ) message
), locked AS MATERIALIZED (
    SELECT id, union_id, last_seq FROM chat_conversation
    WHERE id IN (SELECT conversation_id FROM incoming WHERE n NOT IN (SELECT n FROM known)) AND state <> 'ended'
    FOR UPDATE SKIP LOCKED
), fresh AS (
    SELECT DISTINCT ON (conversation_id, sender_id, client_id) incoming.*
    FROM incoming WHERE n NOT IN (SELECT n FROM known)
    ORDER BY conversation_id, sender_id, client_id, n
), numbered AS MATERIALIZED (
    SELECT fresh.*, locked.union_id,
        locked.last_seq + row_number() OVER (PARTITION BY fresh.conversation_id ORDER BY n) AS seq
    FROM fresh JOIN locked ON locked.id = fresh.conversation_id
), written AS (
    INSERT INTO chat_message (union_id, conversation_id, sender_id, seq, client_id, kind, text, card, at)
    SELECT union_id, conversation_id, sender_id, seq, client_id, kind, text, card, %(now)s FROM numbered
), newest AS (
    SELECT conversation_id, max(seq) AS seq,
        (array_agg(left(text, 120) ORDER BY seq DESC) FILTER (WHERE kind <> 'system'))[1] AS text,
        bool_or(of_shopper) AS shopper, bool_or(NOT of_shopper) AS store
    FROM numbered GROUP BY conversation_id
), moved AS (
    UPDATE chat_conversation conversation SET
        last_seq = newest.seq,
        last_text = coalesce(newest.text, conversation.last_text),
        shopper_wrote_at = CASE WHEN newest.shopper THEN %(now)s ELSE shopper_wrote_at END,
        store_wrote_at = CASE WHEN newest.store THEN %(now)s ELSE store_wrote_at END,
        answered_at = CASE WHEN newest.store THEN coalesce(answered_at, %(now)s) ELSE answered_at END
    FROM newest WHERE conversation.id = newest.conversation_id
)
SELECT incoming.n, coalesce(known.seq, numbered.seq) AS seq, coalesce(known.at, %(now)s) AS at, conversation.state,
    known.n IS NULL AS is_fresh
FROM incoming
LEFT JOIN known USING (n)
LEFT JOIN numbered ON (numbered.conversation_id, numbered.sender_id, numbered.client_id)
    = (incoming.conversation_id, incoming.sender_id, incoming.client_id)
LEFT JOIN chat_conversation conversation ON conversation.id = incoming.conversation_id
ORDER BY incoming.n
"""
"""Rows `(n, seq, at, state, is_fresh)` in the order given, n from 1. seq is null for a conversation that is ended,
unknown, or locked just now (then its state is not `ended`)."""

MESSAGES_AFTER = """
SELECT message.conversation_id, message.seq, message.client_id, message.kind, message.text, message.card, message.at,
    sender.id, sender.role, sender.name
FROM unnest(%(conversations)s::bigint[], %(after)s::int[]) AS asked (conversation_id, seq)
JOIN chat_conversation conversation ON conversation.id = asked.conversation_id
JOIN LATERAL (
    SELECT * FROM chat_message
    WHERE chat_message.union_id = conversation.union_id AND chat_message.conversation_id = conversation.id
        AND chat_message.seq > asked.seq
    ORDER BY seq LIMIT %(most)s
) message ON true
JOIN chat_participant sender ON sender.id = message.sender_id
ORDER BY message.conversation_id, message.seq
"""

LAST_NUMBERS = "SELECT id, last_seq FROM chat_conversation WHERE id = ANY(%(conversations)s)"

MARK_SEEN = """
UPDATE chat_participant participant SET seen_seq = least(asked.seq, conversation.last_seq)
FROM unnest(%(participants)s::bigint[], %(seqs)s::int[]) AS asked (id, seq), chat_conversation conversation
WHERE participant.id = asked.id AND conversation.id = participant.conversation_id
    AND participant.seen_seq < least(asked.seq, conversation.last_seq)
"""
