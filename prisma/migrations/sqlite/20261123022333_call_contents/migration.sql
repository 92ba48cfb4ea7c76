-- CreateTable
CREATE TABLE "CallContent" (
    "id" BLOB NOT NULL PRIMARY KEY,
    "kept" TEXT NOT NULL,
    "shape" TEXT,
    "requestType" TEXT,
    "request" BLOB,
    "requestTruncated" BOOLEAN NOT NULL,
    "responseType" TEXT,
    "response" BLOB,
    "responseTruncated" BOOLEAN NOT NULL,
    "redactions" INTEGER NOT NULL
);
