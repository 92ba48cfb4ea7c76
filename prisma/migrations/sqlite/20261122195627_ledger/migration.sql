-- By hand: UsageRollup is WITHOUT ROWID, so that a range of buckets is one stretch of the file.
-- CreateTable
CREATE TABLE "UsageRollup" (
    "kind" TEXT NOT NULL,
    "apiKeyId" INTEGER NOT NULL,
    "bucket" INTEGER NOT NULL,
    "value" TEXT NOT NULL,
    "calls" BIGINT NOT NULL,
    "successes" BIGINT NOT NULL,
    "durationMs" BIGINT NOT NULL,
    "inputTokens" BIGINT NOT NULL,
    "outputTokens" BIGINT NOT NULL,
    "cachedInputTokens" BIGINT NOT NULL,
    "reasoningTokens" BIGINT NOT NULL,
    "requestBytes" BIGINT NOT NULL,
    "responseBytes" BIGINT NOT NULL,
    "durations" BLOB NOT NULL,
    "firstTokens" BLOB NOT NULL,

    PRIMARY KEY ("kind", "apiKeyId", "bucket", "value")
) WITHOUT ROWID;

-- CreateTable
CREATE TABLE "JournalPosition" (
    "segment" TEXT NOT NULL PRIMARY KEY,
    "position" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "OpenCall" (
    "id" BLOB NOT NULL PRIMARY KEY,
    "boot" TEXT NOT NULL,
    "record" TEXT NOT NULL
);

-- CreateTable
CREATE TABLE "KeyRemoval" (
    "apiKeyId" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "createdAt" DATETIME NOT NULL
);

-- CreateIndex
CREATE INDEX "OpenCall_boot_idx" ON "OpenCall"("boot");
