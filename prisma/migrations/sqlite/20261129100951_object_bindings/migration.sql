-- AlterTable
ALTER TABLE "RequestLog" ADD COLUMN "affinity" TEXT;

-- CreateTable
CREATE TABLE "ObjectBinding" (
    "objectId" TEXT NOT NULL PRIMARY KEY,
    "apiKeyId" INTEGER NOT NULL,
    "upstream" TEXT NOT NULL,
    "upstreamId" INTEGER,
    "credentialId" INTEGER,
    "createdAt" DATETIME NOT NULL,
    "lastUsedAt" DATETIME NOT NULL
);

-- CreateIndex
CREATE INDEX "ObjectBinding_apiKeyId_idx" ON "ObjectBinding"("apiKeyId");

-- CreateIndex
CREATE INDEX "ObjectBinding_lastUsedAt_idx" ON "ObjectBinding"("lastUsedAt");
