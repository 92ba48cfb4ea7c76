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
    "durations" BYTEA NOT NULL,
    "firstTokens" BYTEA NOT NULL,

    CONSTRAINT "UsageRollup_pkey" PRIMARY KEY ("kind","apiKeyId","bucket","value")
);

-- CreateTable
CREATE TABLE "JournalPosition" (
    "segment" TEXT NOT NULL,
    "position" BIGINT NOT NULL,

    CONSTRAINT "JournalPosition_pkey" PRIMARY KEY ("segment")
);

-- CreateTable
CREATE TABLE "OpenCall" (
    "id" BYTEA NOT NULL,
    "boot" TEXT NOT NULL,
    "record" TEXT NOT NULL,

    CONSTRAINT "OpenCall_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "KeyRemoval" (
    "apiKeyId" INTEGER NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "KeyRemoval_pkey" PRIMARY KEY ("apiKeyId")
);

-- CreateIndex
CREATE INDEX "OpenCall_boot_idx" ON "OpenCall"("boot");
