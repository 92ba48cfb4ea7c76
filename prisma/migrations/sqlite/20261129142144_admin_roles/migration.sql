-- AlterTable: whom there is, owns the installation.
ALTER TABLE "Admin" ADD COLUMN "role" TEXT NOT NULL DEFAULT 'VIEWER';
UPDATE "Admin" SET "role" = 'OWNER';
