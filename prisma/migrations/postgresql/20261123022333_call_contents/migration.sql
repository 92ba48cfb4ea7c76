-- CreateTable
CREATE TABLE "CallContent" (
    "id" BYTEA NOT NULL,
    "kept" TEXT NOT NULL,
    "shape" TEXT,
    "requestType" TEXT,
    "request" BYTEA,
    "requestTruncated" BOOLEAN NOT NULL,
    "responseType" TEXT,
    "response" BYTEA,
    "responseTruncated" BOOLEAN NOT NULL,
    "redactions" INTEGER NOT NULL,

    CONSTRAINT "CallContent_pkey" PRIMARY KEY ("id")
);
