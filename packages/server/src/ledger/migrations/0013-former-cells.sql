-- The cells as they were sorted before: the migration before this one has copied them.
DROP TABLE IF EXISTS rollup_models SYNC;
DROP TABLE IF EXISTS rollup_backends SYNC;
DROP TABLE IF EXISTS rollup_owners SYNC;
DROP TABLE IF EXISTS rollup_deployments SYNC;
DROP TABLE IF EXISTS rollup_users SYNC;
