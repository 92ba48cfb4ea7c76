-- CreateTable
CREATE TABLE "Upstream" (
    "id" SERIAL NOT NULL,
    "name" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "baseUrl" TEXT NOT NULL,
    "authStyle" TEXT NOT NULL,
    "proxyUrl" TEXT,
    "connectTimeoutMs" INTEGER,
    "firstByteTimeoutMs" INTEGER,
    "idleTimeoutMs" INTEGER,
    "enabled" BOOLEAN NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL,
    "updatedAt" TIMESTAMP(3) NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "Upstream_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "UpstreamCredential" (
    "id" SERIAL NOT NULL,
    "upstreamId" INTEGER NOT NULL,
    "name" TEXT,
    "encryptedSecret" TEXT NOT NULL,
    "lastFour" TEXT,
    "weight" INTEGER NOT NULL,
    "enabled" BOOLEAN NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "UpstreamCredential_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "UpstreamHeader" (
    "upstreamId" INTEGER NOT NULL,
    "name" TEXT NOT NULL,
    "value" TEXT,
    "encryptedValue" TEXT,

    CONSTRAINT "UpstreamHeader_pkey" PRIMARY KEY ("upstreamId","name")
);

-- CreateTable
CREATE TABLE "Model" (
    "id" SERIAL NOT NULL,
    "name" TEXT NOT NULL,
    "enabled" BOOLEAN NOT NULL,
    "isDefault" BOOLEAN NOT NULL,
    "maxOutputTokens" INTEGER,
    "priceJson" TEXT,
    "createdAt" TIMESTAMP(3) NOT NULL,
    "updatedAt" TIMESTAMP(3) NOT NULL,
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "Model_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ModelRoute" (
    "id" SERIAL NOT NULL,
    "modelId" INTEGER NOT NULL,
    "upstreamId" INTEGER NOT NULL,
    "upstreamModel" TEXT NOT NULL,
    "priority" INTEGER NOT NULL,
    "weight" INTEGER NOT NULL,

    CONSTRAINT "ModelRoute_pkey" PRIMARY KEY ("id")
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

-- AddForeignKey
ALTER TABLE "UpstreamCredential" ADD CONSTRAINT "UpstreamCredential_upstreamId_fkey" FOREIGN KEY ("upstreamId") REFERENCES "Upstream"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "UpstreamHeader" ADD CONSTRAINT "UpstreamHeader_upstreamId_fkey" FOREIGN KEY ("upstreamId") REFERENCES "Upstream"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ModelRoute" ADD CONSTRAINT "ModelRoute_modelId_fkey" FOREIGN KEY ("modelId") REFERENCES "Model"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ModelRoute" ADD CONSTRAINT "ModelRoute_upstreamId_fkey" FOREIGN KEY ("upstreamId") REFERENCES "Upstream"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
