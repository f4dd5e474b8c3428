-- Reads the orders with every column typed and writes nothing: what DuckDB's reader alone costs.
-- Run by duckdb.mjs --only-read; see recompense.sql for the settings and the instants.

-- stage: settings
SET threads = {threads};
SET preserve_insertion_order = false;
SET enable_progress_bar = false;
SET allocator_flush_threshold = '8GB';
SET allocator_bulk_deallocation_flush_threshold = '8GB';
SET TimeZone = 'Etc/GMT-8';
CREATE MACRO instant(text) AS
    CASE WHEN strlen(text) = 19 THEN text::TIMESTAMP
         ELSE replace(text, ' GMT', '')::TIMESTAMPTZ::TIMESTAMP END;

-- stage: orders
SELECT currency, count(*), sum(cash_paid + flexi_coupon_paid), count(order_id), count(account_id),
       count(resource_id), count(service), count(region), count(billing_mode), count(term_unit),
       max(term_count), max(instant(purchased_at)), max(instant(starts_at)),
       max(instant(expires_at)), max(cash_coupon_paid), bool_and(refundable),
       max(instant(released_at)), max(instant(refunded_at))
FROM read_csv({exports_orders}, {csv}, columns = {
        'order_id': 'VARCHAR', 'account_id': 'VARCHAR', 'resource_id': 'VARCHAR',
        'service': 'VARCHAR', 'region': 'VARCHAR', 'billing_mode': 'VARCHAR',
        'term_unit': 'VARCHAR', 'term_count': 'SMALLINT', 'currency': 'VARCHAR',
        'purchased_at': 'VARCHAR', 'starts_at': 'VARCHAR', 'expires_at': 'VARCHAR',
        'cash_paid': 'DECIMAL(18,4)', 'flexi_coupon_paid': 'DECIMAL(18,4)',
        'cash_coupon_paid': 'DECIMAL(18,4)', 'refundable': 'BOOLEAN', 'released_at': 'VARCHAR',
        'refunded_at': 'VARCHAR'})
GROUP BY currency ORDER BY currency;
