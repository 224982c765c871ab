-- The hash of what a listing gave of a record when it was written, where that was only a part.
ALTER TABLE base ADD COLUMN part BLOB;
