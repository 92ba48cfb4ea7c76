-- AlterTable
ALTER TABLE "UsageRollup" ADD COLUMN     "cancelled" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "denied" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "interrupted" BIGINT NOT NULL DEFAULT 0;

-- What each outcome's own rollups tell. Of the other kinds the calls that failed before count as ERROR until `latchkey ledger
-- rebuild` tells them apart, as far back as request logs are kept.
UPDATE "UsageRollup" SET "denied" = "calls" WHERE "kind" IN ('OUTCOME_HOUR', 'OUTCOME_DAY') AND "value" = 'DENIED';
UPDATE "UsageRollup" SET "cancelled" = "calls" WHERE "kind" IN ('OUTCOME_HOUR', 'OUTCOME_DAY') AND "value" = 'CANCELLED';
UPDATE "UsageRollup" SET "interrupted" = "calls" WHERE "kind" IN ('OUTCOME_HOUR', 'OUTCOME_DAY') AND "value" = 'INTERRUPTED';
UPDATE "UsageRollup" SET
  "denied" = coalesce((SELECT o."calls" FROM "UsageRollup" o
    WHERE o."kind" = 'OUTCOME_HOUR' AND o."apiKeyId" = 0 AND o."bucket" = "UsageRollup"."bucket" AND o."value" = 'DENIED'), 0),
  "cancelled" = coalesce((SELECT o."calls" FROM "UsageRollup" o
    WHERE o."kind" = 'OUTCOME_HOUR' AND o."apiKeyId" = 0 AND o."bucket" = "UsageRollup"."bucket" AND o."value" = 'CANCELLED'), 0),
  "interrupted" = coalesce((SELECT o."calls" FROM "UsageRollup" o
    WHERE o."kind" = 'OUTCOME_HOUR' AND o."apiKeyId" = 0 AND o."bucket" = "UsageRollup"."bucket" AND o."value" = 'INTERRUPTED'), 0)
WHERE "kind" = 'TOTAL_HOUR';
