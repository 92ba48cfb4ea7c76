-- CreateTable
CREATE TABLE "SavedView" (
    "id" SERIAL NOT NULL,
    "adminId" INTEGER NOT NULL,
    "screen" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "query" TEXT NOT NULL,
    "shared" BOOLEAN NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL,
    "updatedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "SavedView_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "SavedView_screen_shared_idx" ON "SavedView"("screen", "shared");

-- CreateIndex
CREATE UNIQUE INDEX "SavedView_adminId_screen_name_key" ON "SavedView"("adminId", "screen", "name");

-- AddForeignKey
ALTER TABLE "SavedView" ADD CONSTRAINT "SavedView_adminId_fkey" FOREIGN KEY ("adminId") REFERENCES "Admin"("id") ON DELETE CASCADE ON UPDATE CASCADE;
