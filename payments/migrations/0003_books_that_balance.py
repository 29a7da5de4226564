"""What the ledger and the splits promise, kept by the database itself."""

from django.db import migrations

FORWARD = """
CREATE FUNCTION payments_ledger_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM payments_ledgerentry WHERE transaction_id = NEW.transaction_id
        GROUP BY currency HAVING sum(amount) <> 0
    ) THEN
        RAISE EXCEPTION 'ledger transaction % does not sum to zero', NEW.transaction_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_balanced';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_balanced AFTER INSERT ON payments_ledgerentry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments_ledger_balanced();

CREATE FUNCTION payments_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_append_only';
END $$;
CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE ON payments_ledgerentry
    FOR EACH STATEMENT EXECUTE FUNCTION payments_append_only();
CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE ON payments_ledgertransaction
    FOR EACH STATEMENT EXECUTE FUNCTION payments_append_only();

CREATE FUNCTION payments_splits_add_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    request bigint;
BEGIN
    IF TG_TABLE_NAME = 'payments_paymentrequest' THEN
        request := NEW.id;
    ELSIF TG_OP = 'DELETE' THEN
        request := OLD.request_id;
    ELSE
        request := NEW.request_id;
    END IF;
    IF EXISTS (
        SELECT 1 FROM payments_paymentrequest AS whole
        WHERE whole.id = request AND whole.amount <> (
            SELECT coalesce(sum(part.amount), 0) FROM payments_paymentsplit AS part WHERE part.request_id = request
        )
    ) THEN
        RAISE EXCEPTION 'the splits of payment request % do not add up to its amount', request
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_splits_add_up';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER payment_splits_add_up AFTER INSERT OR UPDATE OF amount ON payments_paymentrequest
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments_splits_add_up();
CREATE CONSTRAINT TRIGGER payment_splits_add_up AFTER INSERT OR DELETE OR UPDATE OF amount, request_id
    ON payments_paymentsplit
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payments_splits_add_up();
"""
BACKWARD = """
DROP TRIGGER payment_splits_add_up ON payments_paymentsplit;
DROP TRIGGER payment_splits_add_up ON payments_paymentrequest;
DROP FUNCTION payments_splits_add_up();
DROP TRIGGER ledger_append_only ON payments_ledgertransaction;
DROP TRIGGER ledger_append_only ON payments_ledgerentry;
DROP FUNCTION payments_append_only();
DROP TRIGGER ledger_balanced ON payments_ledgerentry;
DROP FUNCTION payments_ledger_balanced();
"""


class Migration(migrations.Migration):
    dependencies = [("payments", "0002_split_states_and_attempts")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
