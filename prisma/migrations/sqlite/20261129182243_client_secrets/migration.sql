-- CreateTable
CREATE TABLE "ClientSecret" (
    "hash" TEXT NOT NULL PRIMARY KEY,
    "apiKeyId" INTEGER NOT NULL,
    "keyHash" TEXT NOT NULL,
    "upstream" TEXT NOT NULL,
    "upstreamId" INTEGER,
    "credentialId" INTEGER,
    "session" TEXT NOT NULL,
    "expiresAt" DATETIME NOT NULL
);

-- CreateIndex
CREATE INDEX "ClientSecret_expiresAt_idx" ON "ClientSecret"("expiresAt");
