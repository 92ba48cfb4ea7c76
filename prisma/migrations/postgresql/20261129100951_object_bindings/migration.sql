-- AlterTable
ALTER TABLE "RequestLog" ADD COLUMN     "affinity" TEXT;

-- CreateTable
CREATE TABLE "ObjectBinding" (
    "objectId" TEXT NOT NULL,
    "apiKeyId" INTEGER NOT NULL,
    "upstream" TEXT NOT NULL,
    "upstreamId" INTEGER,
    "credentialId" INTEGER,
    "createdAt" TIMESTAMP(3) NOT NULL,
    "lastUsedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "ObjectBinding_pkey" PRIMARY KEY ("objectId")
);

-- CreateIndex
CREATE INDEX "ObjectBinding_apiKeyId_idx" ON "ObjectBinding"("apiKeyId");

-- CreateIndex
CREATE INDEX "ObjectBinding_lastUsedAt_idx" ON "ObjectBinding"("lastUsedAt");
