-- CreateTable
CREATE TABLE "ClientSecret" (
    "hash" TEXT NOT NULL,
    "apiKeyId" INTEGER NOT NULL,
    "keyHash" TEXT NOT NULL,
    "upstream" TEXT NOT NULL,
    "upstreamId" INTEGER,
    "credentialId" INTEGER,
    "session" TEXT NOT NULL,
    "expiresAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "ClientSecret_pkey" PRIMARY KEY ("hash")
);

-- CreateIndex
CREATE INDEX "ClientSecret_expiresAt_idx" ON "ClientSecret"("expiresAt");
