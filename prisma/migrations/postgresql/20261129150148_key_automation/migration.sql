-- AlterTable
ALTER TABLE "ApiKey" ADD COLUMN     "externalId" TEXT,
ADD COLUMN     "secretForm" TEXT;

-- AlterTable
ALTER TABLE "Settings" ADD COLUMN     "secretForm" TEXT;

-- AlterTable
ALTER TABLE "Upstream" ADD COLUMN     "externalId" TEXT;

-- AlterTable
ALTER TABLE "Model" ADD COLUMN     "externalId" TEXT;

-- CreateTable
CREATE TABLE "IdempotentRequest" (
    "id" BYTEA NOT NULL,
    "actor" TEXT NOT NULL,
    "fingerprint" BYTEA NOT NULL,
    "run" TEXT NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL,
    "status" INTEGER,
    "response" BYTEA,

    CONSTRAINT "IdempotentRequest_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "IdempotentRequest_actor_idx" ON "IdempotentRequest"("actor");

-- CreateIndex
CREATE INDEX "IdempotentRequest_createdAt_idx" ON "IdempotentRequest"("createdAt");

-- CreateIndex
CREATE UNIQUE INDEX "ApiKey_externalId_key" ON "ApiKey"("externalId");

-- CreateIndex
CREATE UNIQUE INDEX "Upstream_externalId_key" ON "Upstream"("externalId");

-- CreateIndex
CREATE UNIQUE INDEX "Model_externalId_key" ON "Model"("externalId");
