-- How many of the records that a run created or updated no hint had named; null where nobody
-- listened for hints.
ALTER TABLE run ADD COLUMN repaired INTEGER;
