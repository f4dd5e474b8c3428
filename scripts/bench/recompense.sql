-- The refund, compensation and account ledgers of one opening period, as a DuckDB user would write
-- them: the other side of `make bench`. Exact: integers in minor units and DECIMAL, no floating point.
-- On months without bad rows refunds.csv and compensations.csv come out as the program's, byte for
-- byte, and the accounts' totals to the cent.
--
-- duckdb.mjs runs this file: it splits it at the lines "-- stage: NAME" and at ";" at a line's end,
-- and replaces {exports_orders} (a list of files) and its like, {csv}, {from}, {until}, {out},
-- {suffix}, {format} and {threads}.
--
-- What it leaves out: reasons and line numbers of bad rows (a value that can't be converted stops
-- it, a row that fails a check of the orders below is left out without a word), repeated keys, text
-- checks, currencies and spellings of instants beyond those that the generated months have, the
-- carry-forward and all earlier periods, events that wait for rejected rows, rewards, tickets,
-- controls, journal, workbook, archive, checksums, flushing to disk, and the policy file: its numbers
-- are constants here. The union of the seconds that are paid once is exact, by elementary intervals.
--
-- What was tried, at 1 and 4 million orders, and kept or not:
--   * one pass over the orders that keeps what an event names (kept); two passes that read only the
--     columns each needs are no shorter, and type and check less; the whole book as a table is slower
--     and takes gigabytes
--   * IN (...) OR IN (...), which DuckDB probes as it reads (kept), against semi or left joins, for
--     which it builds its hash table on the larger side: half again to twice the stage's time
--   * instants read as text and cast (kept) against TIMESTAMPTZ columns: the latter twice the time,
--     and no " GMT+08:00"
--   * DECIMAL(18, n), 64 bits (kept), against DECIMAL(38, n): the same values, 8 times the scan
--   * BIGINT products where they fit (kept) against HUGEINT division throughout: 60 times each
--   * buffer_size of 8 MB against the default 32 MB: a third off the stage that reads the orders;
--     keeping freed memory: another tenth
--   * decisions as one statement with a materialized CTE against temporary tables between: half
--   * hash aggregates and small windows against windows over whole rows: a third off
--   * row groups of 16,384 rows, 3 threads, background freeing, strict_mode = false: no help

-- stage: settings
SET threads = {threads};
SET preserve_insertion_order = false;
SET enable_progress_bar = false;
-- Freed memory is kept for the next stage.
SET allocator_flush_threshold = '8GB';
SET allocator_bulk_deallocation_flush_threshold = '8GB';
-- +08:00, fixed, in POSIX spelling.
SET TimeZone = 'Etc/GMT-8';

-- Policy time as a plain TIMESTAMP. Nearly all instants have no offset; a column read as TIMESTAMPTZ
-- costs more and knows no " GMT+08:00".
CREATE MACRO instant(text) AS
    CASE WHEN strlen(text) = 19 THEN text::TIMESTAMP
         ELSE replace(text, ' GMT', '')::TIMESTAMPTZ::TIMESTAMP END;
CREATE MACRO rfc3339(moment) AS strftime(moment, '%Y-%m-%dT%H:%M:%S+08:00');
CREATE MACRO sec(later, earlier) AS (epoch(later)::BIGINT - epoch(earlier)::BIGINT);
-- Half away from zero, for amounts of zero and more.
CREATE MACRO half_up(numerator, denominator) AS
    (2 * numerator + denominator) // (2 * denominator);
-- amount * part / whole. Division of 128 bits is sixty times slower, so only where it has to be.
CREATE MACRO exact_share(amount, part, whole) AS
    CASE WHEN amount < 30000000000 AND part < 150000000 THEN half_up(amount * part, whole)
         ELSE half_up(amount::HUGEINT * part, whole::HUGEINT)::BIGINT END;
CREATE MACRO money(minor, digits) AS CASE digits
    WHEN 2 THEN (minor::DECIMAL(16, 0) * 0.01::DECIMAL(2, 2))::VARCHAR
    WHEN 0 THEN minor::VARCHAR
    WHEN 3 THEN (minor::DECIMAL(15, 0) * 0.001::DECIMAL(3, 3))::VARCHAR
    ELSE (minor::DECIMAL(14, 0) * 0.0001::DECIMAL(4, 4))::VARCHAR END;
CREATE MACRO plain(text) AS
    CASE WHEN left(text, 1) IN ('=', '+', '-', '@', chr(9), chr(13), '''') THEN '''' || text
         ELSE text END;

CREATE TEMP TABLE currencies AS
    SELECT currency, digits, units::BIGINT AS units -- 1 minor unit in ten-thousandths
    FROM (VALUES ('CNY', 2, 100), ('USD', 2, 100), ('EUR', 2, 100), ('JPY', 0, 10000),
                 ('KWD', 3, 10)) AS t (currency, digits, units);
CREATE TEMP TABLE fees AS
    FROM (VALUES ('3-year', 1, 15, '0.15'), ('3-year', 2, 10, '0.1'), ('3-year', 3, 5, '0.05'),
                 ('2-year', 1, 15, '0.15'), ('2-year', 2, 10, '0.1'),
                 ('1-year', 1, 10, '0.1'), ('monthly', 1, 10, '0.1'))
    AS t (category, usage_year, percent, rate);
CREATE TEMP TABLE scenarios AS
    FROM (VALUES ('unavailable', 100), ('website_inaccessible', 100), ('provisioning_failure', 2),
                 ('configuration_failure', 2), ('billing_error', 2)) AS t (scenario, times);

-- stage: events
CREATE TEMP TABLE requests AS
    SELECT request_id, account_id, order_id, instant(requested_at) AS requested_at
    FROM read_csv({exports_refund_requests}, {csv}, columns = {
        'request_id': 'VARCHAR', 'account_id': 'VARCHAR', 'order_id': 'VARCHAR',
        'requested_at': 'VARCHAR'})
    WHERE instant(requested_at) >= '{from}' AND instant(requested_at) < '{until}';
CREATE TEMP TABLE incidents AS
    SELECT * REPLACE (instant(started_at) AS started_at, instant(rectified_at) AS rectified_at)
    FROM read_csv({exports_incidents}, {csv}, quote = '"',
                  escape = '"', columns = {
        'incident_id': 'VARCHAR', 'scenario': 'VARCHAR', 'cause': 'VARCHAR', 'service': 'VARCHAR',
        'region': 'VARCHAR', 'resource_id': 'VARCHAR', 'started_at': 'VARCHAR',
        'rectified_at': 'VARCHAR', 'sla_covered': 'BOOLEAN', 'title': 'VARCHAR'});
CREATE TEMP TABLE claims AS
    SELECT * REPLACE (instant(submitted_at) AS submitted_at)
    FROM read_csv({exports_claims}, {csv}, columns = {
        'claim_id': 'VARCHAR', 'account_id': 'VARCHAR', 'incident_id': 'VARCHAR',
        'resource_id': 'VARCHAR', 'submitted_at': 'VARCHAR'})
    WHERE instant(submitted_at) >= '{from}' AND instant(submitted_at) < '{until}';

-- stage: orders
CREATE TEMP TABLE orders AS
    WITH typed AS (
        SELECT * REPLACE (
            instant(purchased_at) AS purchased_at, instant(starts_at) AS starts_at,
            instant(expires_at) AS expires_at, instant(released_at) AS released_at,
            instant(refunded_at) AS refunded_at)
        FROM read_csv({exports_orders}, {csv}, columns = {
            'order_id': 'VARCHAR', 'account_id': 'VARCHAR', 'resource_id': 'VARCHAR',
            'service': 'VARCHAR', 'region': 'VARCHAR', 'billing_mode': 'VARCHAR',
            'term_unit': 'VARCHAR', 'term_count': 'SMALLINT', 'currency': 'VARCHAR',
            'purchased_at': 'VARCHAR', 'starts_at': 'VARCHAR', 'expires_at': 'VARCHAR',
            'cash_paid': 'DECIMAL(18,4)', 'flexi_coupon_paid': 'DECIMAL(18,4)',
            'cash_coupon_paid': 'DECIMAL(18,4)', 'refundable': 'BOOLEAN', 'released_at': 'VARCHAR',
            'refunded_at': 'VARCHAR'}))
    -- The instants are converted below the joins, for every row: a bad one stops the script. A check
    -- on one here would convert it twice.
    SELECT * EXCLUDE (cash_coupon_paid) FROM typed
    WHERE cash_paid >= 0 AND flexi_coupon_paid >= 0 AND cash_coupon_paid >= 0
      AND refundable IS NOT NULL AND service IS NOT NULL AND region IS NOT NULL
      AND currency IS NOT NULL AND billing_mode IN ('prepaid', 'pay_per_use', 'package')
      AND (billing_mode <> 'prepaid' OR (term_count BETWEEN 1 AND 999
                                         AND term_unit IN ('hour', 'day', 'month', 'year')))
      AND (order_id IN (SELECT order_id FROM requests)
           OR (account_id, resource_id) IN (SELECT (account_id, resource_id) FROM claims
                                            WHERE resource_id IS NOT NULL)
           OR account_id IN (SELECT account_id FROM claims WHERE resource_id IS NULL));

-- stage: usage
CREATE TEMP TABLE usage AS
    SELECT * FROM read_csv({exports_usage}, {csv}, columns = {
        'account_id': 'VARCHAR', 'resource_id': 'VARCHAR', 'service': 'VARCHAR',
        'region': 'VARCHAR', 'usage_date': 'DATE', 'cost': 'DECIMAL(18,10)', 'currency': 'VARCHAR'})
    WHERE cost >= 0 AND usage_date >= '1970-01-01' AND service IS NOT NULL AND region IS NOT NULL
      AND currency IS NOT NULL AND resource_id IS NOT NULL
      AND account_id IN (SELECT account_id FROM claims);

-- stage: refunds
CREATE TEMP TABLE refunds AS
    WITH known AS (
        SELECT r.*, o.* EXCLUDE (order_id, account_id, region),
               o.order_id IS NOT NULL AS is_known,
               o.account_id = r.account_id AS is_own, c.digits,
               (o.cash_paid * 10000)::BIGINT // c.units AS cash,
               (o.flexi_coupon_paid * 10000)::BIGINT // c.units AS flexi,
               CASE WHEN term_unit = 'year' AND term_count <= 3 THEN term_count || '-year'
                    WHEN term_unit = 'month' AND term_count IN (12, 24, 36)
                    THEN (term_count // 12) || '-year'
                    WHEN term_unit = 'month' AND term_count < 12 THEN 'monthly'
                    WHEN term_unit = 'day' AND term_count < 365 THEN 'monthly'
                    WHEN term_unit = 'hour' THEN 'monthly' END AS category,
               CASE WHEN requested_at <= starts_at + INTERVAL 1 YEAR THEN 1
                    WHEN requested_at <= starts_at + INTERVAL 2 YEAR THEN 2
                    WHEN requested_at <= starts_at + INTERVAL 3 YEAR THEN 3 END AS usage_year
        FROM requests r LEFT JOIN orders o ON o.order_id = r.order_id
        LEFT JOIN currencies c ON c.currency = o.currency),
    checked AS MATERIALIZED (
        SELECT k.*, percent, rate, cash + flexi AS paid,
               CASE WHEN NOT is_known THEN 'unknown_order'
                    WHEN NOT is_own THEN 'account_mismatch'
                    WHEN requested_at < purchased_at THEN 'before_purchase'
                    WHEN billing_mode <> 'prepaid' THEN 'pay_per_use'
                    WHEN NOT refundable THEN 'labelled_nonrefundable' END AS first_reason,
               CASE WHEN refunded_at < requested_at THEN 'already_refunded'
                    WHEN requested_at >= expires_at THEN 'grace_or_retention'
                    WHEN released_at <= requested_at THEN 'not_covered' END AS later_reason,
               first_reason IS NULL AND later_reason IS NULL AS eligible,
               eligible AND requested_at <= purchased_at + INTERVAL 5 DAY AS in_five_days
        FROM known k LEFT JOIN fees f ON f.category = k.category AND f.usage_year = k.usage_year),
    -- Of one order only the first request within five days can be a full refund.
    firsts AS (
        SELECT min((requested_at, request_id)) AS first FROM checked WHERE in_five_days
        GROUP BY account_id, order_id),
    numbered AS (
        SELECT c.request_id, row_number() OVER (
                   PARTITION BY c.account_id, year(c.requested_at)
                   ORDER BY c.requested_at, c.request_id) AS full_number
        FROM firsts f JOIN checked c ON c.request_id = f.first[2]),
    full_refunds AS (SELECT * FROM numbered WHERE full_number <= 10),
    -- The request that an order was refunded by; only orders with several requests need it.
    repeated AS (SELECT order_id FROM checked GROUP BY order_id HAVING count(*) > 1),
    paying AS (
        SELECT c.order_id, min((c.requested_at, c.request_id)) AS paid_by
        FROM repeated r JOIN checked c ON c.order_id = r.order_id
        LEFT JOIN full_refunds f ON f.request_id = c.request_id
        WHERE f.request_id IS NOT NULL OR (c.eligible AND c.percent IS NOT NULL)
        GROUP BY c.order_id),
    decided AS (
        SELECT c.*, full_number, full_number IS NOT NULL AS is_full,
               coalesce(first_reason,
                        CASE WHEN (c.requested_at, c.request_id) > paid_by
                             THEN 'already_refunded' END,
                        later_reason,
                        CASE WHEN NOT is_full AND percent IS NULL THEN 'not_covered' END) AS denial,
               CASE WHEN denial IS NOT NULL THEN 'denied'
                    WHEN is_full THEN 'full' ELSE 'partial' END AS decision,
               greatest(sec(requested_at, starts_at), 0) AS used,
               sec(expires_at, starts_at) AS subscribed
        FROM checked c LEFT JOIN full_refunds f ON f.request_id = c.request_id
        LEFT JOIN paying p ON p.order_id = c.order_id),
    due AS (
        SELECT *, CASE decision WHEN 'full' THEN 0 WHEN 'partial'
                      THEN least(paid, exact_share(paid, used, subscribed)) END AS amount_due
        FROM decided),
    priced AS (
        SELECT *, CASE decision WHEN 'full' THEN 0 WHEN 'partial'
                      THEN least(paid - amount_due, half_up(paid * percent, 100)) END AS fee,
               paid - amount_due - fee AS refund
        FROM due)
    SELECT request_id, account_id, order_id, resource_id, service, currency, digits, purchased_at,
           starts_at, expires_at, requested_at, is_own, in_five_days, decision, denial, category,
           usage_year, used, subscribed, rate, paid, amount_due, fee, refund, full_number,
           CASE WHEN flexi = 0 OR refund = 0 THEN refund
                ELSE exact_share(refund, cash, paid) END
               AS refund_cash
    FROM priced;

-- stage: refunds written
COPY (
    SELECT request_id, account_id, order_id,
           CASE WHEN is_own THEN resource_id END AS resource_id,
           CASE WHEN is_own THEN service END AS service,
           CASE WHEN is_own THEN currency END AS currency,
           CASE WHEN is_own THEN rfc3339(purchased_at) END AS purchased_at,
           CASE WHEN is_own THEN rfc3339(starts_at) END AS starts_at,
           CASE WHEN is_own THEN rfc3339(expires_at) END AS expires_at,
           rfc3339(requested_at) AS requested_at, decision,
           CASE WHEN denial IS NOT NULL THEN denial WHEN decision = 'full' THEN 'within_five_days'
                WHEN in_five_days THEN 'full_refund_quota_used' ELSE 'after_five_days' END AS reason,
           CASE decision WHEN 'full' THEN 'refund.full' WHEN 'partial' THEN 'refund.partial'
                ELSE 'refund.conditions' END AS clause,
           CASE WHEN is_own THEN category END AS product_category,
           CASE WHEN decision = 'partial' THEN usage_year END AS usage_year,
           CASE WHEN decision = 'partial' THEN used END AS used,
           CASE WHEN decision = 'partial' THEN subscribed END AS subscribed,
           CASE WHEN decision = 'partial' THEN 'second' END AS usage_unit,
           CASE WHEN denial IS NULL THEN money(paid, digits) END AS actual_payment,
           CASE WHEN decision = 'partial' THEN rate END AS fee_rate,
           money(amount_due, digits) AS amount_due, money(fee, digits) AS handling_fee,
           money(refund, digits) AS refund,
           CASE WHEN denial IS NULL THEN money(refund_cash, digits) END AS refund_cash,
           CASE WHEN denial IS NULL THEN money(refund - refund_cash, digits) END
               AS refund_flexi_coupon,
           CASE WHEN denial IS NULL THEN money(0, digits) END AS refund_cash_coupon,
           CASE WHEN decision = 'full' THEN full_number END AS full_refund_number,
           'standard' AS policy_version, NULL AS origin_period
    FROM refunds ORDER BY account_id, refunds.requested_at, request_id
) TO '{out}/refunds.csv{suffix}' ({format});

-- stage: compensations
-- A view: only the bases that a claim meets are ever worked out in full.
CREATE TEMP VIEW bases AS
    SELECT o.account_id, o.resource_id, 'order' AS basis, o.order_id AS basis_id, o.starts_at,
           o.service, o.region, o.currency, c.digits,
           ((o.cash_paid + o.flexi_coupon_paid) * 10000)::BIGINT // c.units AS cost,
           1::BIGINT AS cost_units,
           sec(o.expires_at, o.starts_at) AS basis_seconds, o.starts_at AS valid_from,
           least(o.expires_at, o.released_at, o.refunded_at, r.requested_at) AS valid_until
    FROM orders o JOIN currencies c ON c.currency = o.currency
    LEFT JOIN (SELECT order_id, requested_at FROM refunds WHERE denial IS NULL) r
        ON r.order_id = o.order_id
    WHERE billing_mode = 'prepaid'
    UNION ALL
    SELECT account_id, resource_id, 'usage', usage_date::VARCHAR, usage_date::TIMESTAMP, service,
           region, u.currency, c.digits, (u.cost::DECIMAL(38, 10) * 10000000000)::BIGINT,
           c.units * 1000000, 86400, usage_date::TIMESTAMP,
           usage_date::TIMESTAMP + INTERVAL 1 DAY
    FROM usage u JOIN currencies c ON c.currency = u.currency;
CREATE TEMP TABLE judged AS
    WITH resources AS (
        SELECT account_id, resource_id FROM orders UNION SELECT account_id, resource_id FROM usage),
    owners AS (SELECT DISTINCT account_id FROM resources)
    SELECT c.claim_id, c.account_id, c.incident_id, c.resource_id, c.submitted_at, i.scenario,
           i.cause, i.service, i.region, i.resource_id AS incident_resource, i.started_at,
           i.rectified_at, s.times, i.incident_id IS NOT NULL AS is_known,
           CASE WHEN i.incident_id IS NULL THEN 'unknown_incident'
                WHEN i.cause <> 'platform' THEN i.cause
                WHEN NOT i.sla_covered THEN 'not_under_sla'
                WHEN c.submitted_at < i.started_at THEN 'before_fault'
                WHEN i.rectified_at IS NULL OR i.rectified_at >= '{until}'
                THEN 'fault_not_rectified'
                WHEN c.submitted_at > i.rectified_at + INTERVAL 7 DAY THEN 'claim_too_late'
                WHEN c.resource_id IS NULL AND w.account_id IS NULL THEN 'unknown_resource'
                WHEN c.resource_id IS NOT NULL AND r.account_id IS NULL THEN 'unknown_resource'
           END AS denial
    FROM claims c LEFT JOIN incidents i ON i.incident_id = c.incident_id
    LEFT JOIN scenarios s ON s.scenario = i.scenario
    LEFT JOIN resources r ON r.account_id = c.account_id AND r.resource_id = c.resource_id
    LEFT JOIN owners w ON w.account_id = c.account_id;
-- A claim and a basis that its incident hits, numbered in the order in which they are judged.
CREATE TEMP TABLE faults AS
    SELECT j.claim_id, j.account_id, b.resource_id, b.basis_id, b.basis,
           b.starts_at AS basis_starts_at, b.service, b.region, b.currency, b.digits, b.cost,
           b.cost_units, b.basis_seconds, j.times,
           greatest(j.started_at, b.valid_from) AS fault_from,
           least(j.rectified_at, b.valid_until) AS fault_until,
           row_number() OVER (ORDER BY j.times DESC, j.submitted_at, j.claim_id, b.starts_at,
                                       b.basis_id) AS turn
    FROM judged j JOIN bases b ON b.account_id = j.account_id AND b.service = j.service
    WHERE j.denial IS NULL AND (j.region IS NULL OR b.region = j.region)
      AND (j.resource_id IS NULL OR b.resource_id = j.resource_id)
      AND (j.incident_resource IS NULL OR b.resource_id = j.incident_resource)
      AND greatest(j.started_at, b.valid_from) < least(j.rectified_at, b.valid_until);
-- Between two neighbouring instants at which any fault of a resource begins or ends, the whole
-- stretch belongs to the first in turn of those that cover it.
CREATE TEMP TABLE shares AS
    WITH contested AS (
        SELECT turn, account_id, resource_id, fault_from, fault_until FROM faults
        QUALIFY count(*) OVER (PARTITION BY account_id, resource_id) > 1),
    instants AS (
        SELECT account_id, resource_id, fault_from AS moment FROM contested
        UNION SELECT account_id, resource_id, fault_until FROM contested),
    stretches AS (
        SELECT account_id, resource_id, moment,
               lead(moment) OVER (PARTITION BY account_id, resource_id ORDER BY moment) AS next_moment
        FROM instants),
    owned AS (
        SELECT min(turn) AS turn, moment, next_moment
        FROM stretches s JOIN contested c
            ON c.account_id = s.account_id AND c.resource_id = s.resource_id
               AND c.fault_from <= s.moment AND c.fault_until >= s.next_moment
        GROUP BY s.account_id, s.resource_id, moment, next_moment)
    SELECT turn, min(moment) AS fault_from, max(next_moment) AS fault_until,
           sum(sec(next_moment, moment))::BIGINT AS seconds
    FROM owned GROUP BY turn
    UNION ALL
    SELECT turn, fault_from, fault_until, sec(fault_until, fault_from) FROM faults
    WHERE turn NOT IN (SELECT turn FROM contested);
CREATE TEMP TABLE compensations AS
    SELECT f.* EXCLUDE (fault_from, fault_until), s.fault_from, s.fault_until, s.seconds,
           half_up(f.cost::HUGEINT * f.times * s.seconds, f.cost_units::HUGEINT * f.basis_seconds)
               ::BIGINT AS amount
    FROM faults f JOIN shares s ON s.turn = f.turn;

-- stage: compensations written
COPY (
    SELECT j.claim_id, j.account_id, j.incident_id,
           CASE WHEN c.claim_id IS NULL THEN j.resource_id ELSE c.resource_id END AS resource_id,
           c.basis, c.basis_id, rfc3339(c.basis_starts_at) AS basis_starts_at,
           coalesce(c.service, j.service) AS service, coalesce(c.region, j.region) AS region,
           j.scenario, j.cause, c.currency, rfc3339(j.submitted_at) AS submitted_at,
           rfc3339(j.started_at) AS started_at, rfc3339(j.rectified_at) AS rectified_at,
           CASE WHEN c.claim_id IS NOT NULL THEN 'compensated'
                WHEN j.denial = 'fault_not_rectified' THEN 'deferred' ELSE 'denied' END AS decision,
           CASE WHEN c.claim_id IS NOT NULL THEN 'platform_fault'
                WHEN j.denial IS NOT NULL THEN j.denial
                WHEN j.claim_id IN (SELECT claim_id FROM faults) THEN 'already_compensated'
                ELSE 'not_affected' END AS reason,
           CASE WHEN c.claim_id IS NOT NULL THEN 'compensation.amount'
                WHEN j.denial IS NULL THEN
                     CASE WHEN j.claim_id IN (SELECT claim_id FROM faults)
                          THEN 'compensation.once' ELSE 'compensation.scope' END
                WHEN j.is_known AND j.cause <> 'platform' THEN 'compensation.exclusions'
                ELSE 'compensation.application' END AS clause,
           rfc3339(c.fault_from) AS fault_from, rfc3339(c.fault_until) AS fault_to,
           c.seconds AS fault_seconds,
           CASE WHEN c.basis = 'order' THEN money(c.cost, c.digits)
                ELSE regexp_replace((c.cost::DECIMAL(28, 0) * 0.0000000001::DECIMAL(10, 10))::VARCHAR,
                         CASE c.digits WHEN 0 THEN '\.?0+$' WHEN 3 THEN '(\.\d{3}\d*?)0+$'
                                       ELSE '(\.\d{2}\d*?)0+$' END,
                         CASE c.digits WHEN 0 THEN '' ELSE '\1' END) END AS cost,
           c.basis_seconds,
           (half_up(c.cost::HUGEINT * 8640000000000, c.cost_units::HUGEINT * c.basis_seconds
                    * (10000 // u.units))::DECIMAL(30, 0) * 0.00000001::DECIMAL(8, 8))::VARCHAR AS daily_cost,
           CASE WHEN c.claim_id IS NOT NULL THEN c.times END AS times,
           money(c.amount, c.digits) AS amount,
           CASE WHEN c.claim_id IS NOT NULL THEN money(0, c.digits) END AS capped,
           CASE WHEN j.is_known THEN 'standard' END AS policy_version, NULL AS origin_period
    FROM judged j LEFT JOIN compensations c ON c.claim_id = j.claim_id
    LEFT JOIN currencies u ON u.currency = c.currency
    ORDER BY j.account_id, j.claim_id, 4, c.basis_starts_at, c.basis_id
) TO '{out}/compensations.csv{suffix}' ({format});

-- stage: accounts written
COPY (
    WITH paid AS (
        SELECT account_id, currency, digits, 1 AS refunds, refund, refund_cash,
               0 AS compensations, 0 AS amount
        FROM refunds WHERE denial IS NULL
        UNION ALL
        SELECT account_id, currency, digits, 0, 0, 0, 1, amount FROM compensations),
    totals AS (
        SELECT account_id, currency, digits, sum(refunds) AS refunds,
               sum(refund)::BIGINT AS refund, sum(refund_cash)::BIGINT AS refund_cash,
               sum(compensations) AS compensations, sum(amount)::BIGINT AS amount
        FROM paid GROUP BY account_id, currency, digits),
    accounts AS (
        SELECT account_id, name FROM read_csv({exports_accounts}, header = true,
            auto_detect = false, buffer_size = 8388608, quote = '"', escape = '"', columns = {
                'account_id': 'VARCHAR', 'name': 'VARCHAR', 'tier': 'VARCHAR',
                'recharge_total': 'DECIMAL(18,4)'})
        WHERE tier IN ('common', 'vip') AND recharge_total >= 0)
    SELECT t.account_id, plain(a.name) AS name, t.currency, refunds,
           money(refund, digits) AS refund_total, money(refund_cash, digits) AS refund_cash_total,
           money(refund - refund_cash, digits) AS refund_flexi_coupon_total, compensations,
           money(amount, digits) AS compensation_total, money(refund + amount, digits) AS total
    FROM totals t LEFT JOIN accounts a ON a.account_id = t.account_id
    ORDER BY t.account_id, t.currency
) TO '{out}/accounts.csv{suffix}' ({format});
