-- CreateTable
CREATE TABLE "Upstream" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "baseUrl" TEXT NOT NULL,
    "authStyle" TEXT NOT NULL,
    "proxyUrl" TEXT,
    "connectTimeoutMs" INTEGER,
    "firstByteTimeoutMs" INTEGER,
    "idleTimeoutMs" INTEGER,
    "enabled" BOOLEAN NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "updatedAt" DATETIME NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1
);

-- CreateTable
CREATE TABLE "UpstreamCredential" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "upstreamId" INTEGER NOT NULL,
    "name" TEXT,
    "encryptedSecret" TEXT NOT NULL,
    "lastFour" TEXT,
    "weight" INTEGER NOT NULL,
    "enabled" BOOLEAN NOT NULL,
    "createdAt" DATETIME NOT NULL,
    CONSTRAINT "UpstreamCredential_upstreamId_fkey" FOREIGN KEY ("upstreamId") REFERENCES "Upstream" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "UpstreamHeader" (
    "upstreamId" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "value" TEXT,
    "encryptedValue" TEXT,

    PRIMARY KEY ("upstreamId", "name"),
    CONSTRAINT "UpstreamHeader_upstreamId_fkey" FOREIGN KEY ("upstreamId") REFERENCES "Upstream" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "Model" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "name" TEXT NOT NULL,
    "enabled" BOOLEAN NOT NULL,
    "isDefault" BOOLEAN NOT NULL,
    "maxOutputTokens" INTEGER,
    "priceJson" TEXT,
    "createdAt" DATETIME NOT NULL,
    "updatedAt" DATETIME NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1
);

-- CreateTable
CREATE TABLE "ModelRoute" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "modelId" INTEGER NOT NULL,
    "upstreamId" INTEGER NOT NULL,
    "upstreamModel" TEXT NOT NULL,
    "priority" INTEGER NOT NULL,
    "weight" INTEGER NOT NULL,
    CONSTRAINT "ModelRoute_modelId_fkey" FOREIGN KEY ("modelId") REFERENCES "Model" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "ModelRoute_upstreamId_fkey" FOREIGN KEY ("upstreamId") REFERENCES "Upstream" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateIndex
CREATE UNIQUE INDEX "Upstream_name_key" ON "Upstream"("name");

-- CreateIndex
CREATE INDEX "UpstreamCredential_upstreamId_idx" ON "UpstreamCredential"("upstreamId");

-- CreateIndex
CREATE UNIQUE INDEX "Model_name_key" ON "Model"("name");

-- CreateIndex
CREATE INDEX "ModelRoute_upstreamId_idx" ON "ModelRoute"("upstreamId");

-- CreateIndex
CREATE UNIQUE INDEX "ModelRoute_modelId_upstreamId_upstreamModel_key" ON "ModelRoute"("modelId", "upstreamId", "upstreamModel");
