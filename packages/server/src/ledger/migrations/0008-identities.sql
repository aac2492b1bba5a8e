-- What it takes to know an event again when the journal's identities are lost: the
-- fingerprint of its payload as it was sent, 0 where it is not known, and which seed
-- the fingerprints of a journal were made with.
ALTER TABLE events ADD COLUMN IF NOT EXISTS fingerprint UInt32 CODEC(NONE);

CREATE TABLE IF NOT EXISTS journals (
  journal String,
  seed_mark UInt32,
  began_at DateTime64(3, 'UTC')
)
ENGINE = MergeTree
ORDER BY journal;
