-- +goose Up

-- Who sells. The routing tables (merchants, staff, sessions) are the only ones not keyed by merchant_id first.
create table merchants (
	id           uuid primary key,
	slug         text not null unique check (slug ~ '^[a-z0-9][a-z0-9-]{1,40}$'),
	name         text not null,
	host         text unique check (host = lower(host)),
	country      text not null,
	rules        jsonb not null default '{}',
	brand        jsonb not null default '{}',
	sender       jsonb not null default '{}',
	version      bigint not null default 1,
	created_at   timestamptz not null default now()
);

-- Files of a brand (logos), already re-encoded; served under their hash.
create table brand_files (
	merchant_id  uuid not null references merchants,
	hash         text not null,
	content_type text not null,
	body         bytea not null,
	created_at   timestamptz not null default now(),
	primary key (merchant_id, hash)
);

create table orders (
	merchant_id  uuid not null references merchants,
	id           uuid not null,
	number       text not null,
	placed_at    timestamptz not null,
	language     text not null default '',
	country      text not null default '',
	currency     text not null default '',
	total        bigint not null default 0,
	lines        bytea not null default '',    -- a binary record, see store/history.go: pages read it on every view
	contact      bytea not null,               -- sealed: name, e-mail, phone, address
	email_hash   bytea,                        -- keyed, for look-up by e-mail
	version      bigint not null default 1,
	ended_at     timestamptz,                  -- when its last parcel came to its end; null while one travels
	created_at   timestamptz not null default now(),
	updated_at   timestamptz not null default now(),
	primary key (merchant_id, id),
	unique (merchant_id, number)
) with (fillfactor = 85);                      -- room for new versions of a row beside the old one
create index orders_email on orders (merchant_id, email_hash) where email_hash is not null;

create table parcels (
	merchant_id     uuid not null,
	id              uuid not null,
	order_id        uuid not null,
	reference       text not null default '',  -- the shop's own name for the parcel, unique within the order when given
	carrier         text not null default '',
	tracking_number text not null default '',
	state           bytea not null default '', -- a binary record of the rest: contents, scans and what is derived from them
	milestone       text not null,             -- from here on: repeated from state, for queries over many parcels
	ended_at        timestamptz,               -- when the milestone became a final one
	eta_from        date,
	eta_to          date,
	promised_to     date,                      -- last day of the first promise
	exceptions      jsonb not null default '[]',
	last_scan_at    timestamptz,
	next_check_at   timestamptz,
	created_at      timestamptz not null default now(),
	updated_at      timestamptz not null default now(),
	primary key (merchant_id, id),
	foreign key (merchant_id, order_id) references orders (merchant_id, id) on delete cascade
) with (fillfactor = 80);
alter table parcels alter column state set storage main; -- compressed, but beside its row as long as it fits a page
create index parcels_order on parcels (merchant_id, order_id);
create index parcels_number on parcels (merchant_id, tracking_number, id) where tracking_number <> '';
create unique index parcels_reference on parcels (merchant_id, order_id, reference) where reference <> '';
create index parcels_check on parcels (next_check_at) where next_check_at is not null;

-- Every scan ever applied, for the record and for "once": the parcel's state holds what pages need.
create table scans (
	merchant_id  uuid not null,
	parcel_id    uuid not null,
	fingerprint  bytea not null,
	source       text not null,
	code         text not null,
	milestone    text not null,
	at           timestamptz not null,
	raw_time     text not null,
	received_at  timestamptz not null default now(),
	primary key (merchant_id, parcel_id, fingerprint),
	foreign key (merchant_id, parcel_id) references parcels (merchant_id, id) on delete cascade
);

create table links (
	merchant_id   uuid not null,
	hash          bytea not null,              -- SHA-256 of the token
	order_id      uuid not null,
	parcel_id     uuid,
	purpose       text not null,
	channel       text not null,
	outbox_id     uuid,
	created_at    timestamptz not null default now(),
	expires_at    timestamptz,
	revoked_at    timestamptz,
	first_used_at timestamptz,
	uses          int not null default 0,      -- POSTs, not views
	primary key (merchant_id, hash),
	foreign key (merchant_id, order_id) references orders (merchant_id, id) on delete cascade
);
create index links_order on links (merchant_id, order_id);

create table feeds (
	merchant_id   uuid not null references merchants,
	id            uuid not null,
	slug          text not null,
	kind          text not null,
	secrets       bytea not null,              -- sealed: up to two active secrets
	last_event_at timestamptz,
	refused       bigint not null default 0,   -- forged or unsigned requests
	refused_at    timestamptz,
	created_at    timestamptz not null default now(),
	primary key (merchant_id, id),
	unique (merchant_id, slug)
);

create table inbox (
	merchant_id  uuid not null,
	id           uuid not null,
	feed_id      uuid not null,
	event_key    bytea not null,               -- SHA-256 of the event id, or of the body where a feed has none
	body         bytea not null,
	headers      jsonb not null default '{}',  -- the few a parser needs, never a secret
	state        text not null default 'pending' check (state in ('pending', 'done', 'waiting', 'quarantined', 'ignored')),
	reason       text not null default '',
	waits_for    text not null default '',     -- tracking number a waiting row needs
	attempts     int not null default 0,
	lease        uuid,
	lease_until  timestamptz,
	received_at  timestamptz not null default now(),
	done_at      timestamptz,
	primary key (merchant_id, id),
	unique (merchant_id, feed_id, event_key),
	foreign key (merchant_id, feed_id) references feeds (merchant_id, id)
) with (fillfactor = 50);                      -- a claim writes a row again: beside the old one, without touching an index
create index inbox_pending on inbox (received_at) where state = 'pending';
create index inbox_bodies on inbox (received_at) where body <> '';
create index inbox_waiting on inbox (merchant_id, waits_for) where state = 'waiting';
create index inbox_odd on inbox (merchant_id, received_at) where state = 'quarantined';

create table outbox (
	merchant_id  uuid not null,
	id           uuid not null,
	order_id     uuid not null,
	parcel_id    uuid,
	kind         text not null,
	key          text not null,
	channel      text not null default 'email',
	priority     int not null default 5,       -- 0 leaves first
	at           timestamptz not null,         -- when the occasion happened
	due_at       timestamptz not null default now(),
	state        text not null default 'queued' check (state in ('queued', 'sent', 'merged', 'superseded', 'held', 'suppressed', 'failed')),
	reason       text not null default '',     -- why, in words staff can read
	attempts     int not null default 0,
	unanswered   int not null default 0,       -- sends the provider did not answer: it may have taken them
	lease        uuid,                         -- the fence: only its holder may finish the row
	lease_until  timestamptz,
	message_id   text not null default '',
	answer       text not null default '',     -- the provider's answer, without addresses
	created_at   timestamptz not null default now(),
	finished_at  timestamptz,
	primary key (merchant_id, id),
	unique nulls not distinct (merchant_id, order_id, parcel_id, kind, key, channel),
	foreign key (merchant_id, order_id) references orders (merchant_id, id) on delete cascade
) with (fillfactor = 50);                      -- as the inbox
create index outbox_due on outbox (merchant_id, priority, due_at) where state = 'queued';
create index outbox_order on outbox (merchant_id, order_id);

-- What the sandbox channel kept, in demo and tests only.
create table sandbox_messages (
	merchant_id  uuid not null,
	id           uuid not null,
	outbox_id    uuid,
	channel      text not null,
	recipient    text not null,
	subject      text not null,
	raw          bytea not null,               -- the whole RFC 5322 message
	created_at   timestamptz not null default now(),
	primary key (merchant_id, id)
);
create unique index sandbox_once on sandbox_messages (merchant_id, outbox_id) where outbox_id is not null;

create table suppressions (
	merchant_id  uuid not null references merchants,
	channel      text not null,
	address_hash bytea not null,               -- keyed
	reason       text not null,                -- 'unsubscribed', 'bounced'
	created_at   timestamptz not null default now(),
	primary key (merchant_id, channel, address_hash)
);

create table api_keys (
	merchant_id  uuid not null references merchants,
	id           uuid not null,
	prefix       text not null,                -- shown in lists
	hash         bytea not null,               -- SHA-256 of the whole key
	name         text not null,
	scopes       text[] not null,
	created_at   timestamptz not null default now(),
	expires_at   timestamptz,
	revoked_at   timestamptz,
	last_used_at timestamptz,
	primary key (merchant_id, id)
);
create index api_keys_hash on api_keys (hash);

create table idempotency (
	merchant_id  uuid not null references merchants,
	key_id       uuid not null,                -- api key
	key          text not null,
	request_hash bytea not null,
	status       int not null default 0,       -- 0 while the first request runs
	body         bytea not null default '',
	created_at   timestamptz not null default now(),
	primary key (merchant_id, key_id, key)
);
create index idempotency_age on idempotency (created_at);

create table staff (
	id           uuid primary key,
	email        text not null unique check (email = lower(email)),
	name         text not null default '',
	created_at   timestamptz not null default now(),
	disabled_at  timestamptz
);

create table memberships (
	merchant_id  uuid not null references merchants,
	staff_id     uuid not null references staff on delete cascade,
	role         text not null check (role in ('owner', 'editor', 'support', 'viewer')),
	created_at   timestamptz not null default now(),
	primary key (merchant_id, staff_id)
);
create index memberships_staff on memberships (staff_id);

-- One-time sign-in links of staff: made by the command line, used once by POST.
create table staff_links (
	hash         bytea primary key,
	staff_id     uuid not null references staff on delete cascade,
	expires_at   timestamptz not null,
	used_at      timestamptz
);

create table sessions (
	hash         bytea primary key,            -- SHA-256 of the random id in the cookie
	kind         text not null check (kind in ('staff', 'shopper')),
	staff_id     uuid references staff on delete cascade,
	data         bytea not null,
	created_at   timestamptz not null default now(),
	seen_at      timestamptz not null default now(),
	expires_at   timestamptz not null,
	revoked_at   timestamptz
);
create index sessions_staff on sessions (staff_id) where staff_id is not null;

-- Shared counters of limits, so that they hold over replicas. Lost in a crash, and that is fine.
create unlogged table counters (
	name         text not null,
	bucket       timestamptz not null,
	n            bigint not null default 0,
	primary key (name, bucket)
);

-- Progress of an import, so that it can go on where it stopped.
create table imports (
	merchant_id  uuid not null references merchants,
	file_hash    bytea not null,
	kind         text not null,
	rows_done    bigint not null default 0,
	bytes_done   bigint not null default 0,
	finished_at  timestamptz,
	updated_at   timestamptz not null default now(),
	primary key (merchant_id, kind, file_hash)
);
