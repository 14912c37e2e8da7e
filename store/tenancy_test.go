package store_test

import (
	"slices"
	"testing"

	"github.com/lib/pq"

	"onderweg/store/storetest"
)

// routing are the tables that say who somebody is or where a request belongs, and the counters of limits. All others hold
// merchants' data.
var routing = []string{"counters", "goose_db_version", "merchants", "sessions", "staff", "staff_links"}

// people are tables a merchant's row may refer to without naming a merchant.
var people = []string{"merchants", "staff"}

func TestEveryKeyOfAMerchantsDataBeginsWithTheMerchant(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t, storetest.URL(t))
	rows, err := db.Query(`
		select c.relname,
			coalesce((select array_agg(a.attname::text order by k.place)
				from pg_index i, unnest(i.indkey::int[]) with ordinality k (number, place)
				join pg_attribute a on a.attrelid = c.oid and a.attnum = k.number
				where i.indrelid = c.oid and i.indisprimary), '{}'::text[])
		from pg_class c
		where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace
		order by c.relname`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	audited := 0
	for rows.Next() {
		var table string
		var key []string
		if err := rows.Scan(&table, pq.Array(&key)); err != nil {
			t.Fatal(err)
		}
		if slices.Contains(routing, table) {
			continue
		}
		audited++
		if len(key) == 0 || key[0] != "merchant_id" {
			t.Errorf("the primary key of %s is %v", table, key)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if audited < 10 {
		t.Errorf("only %d tables were looked at", audited)
	}
}

func TestEveryUniqueIndexOfAMerchantsDataBeginsWithTheMerchant(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t, storetest.URL(t))
	rows, err := db.Query(`
		select c.relname, i.indexrelid::regclass::text,
			coalesce((select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum = i.indkey[0]), '')
		from pg_index i join pg_class c on c.oid = i.indrelid
		where i.indisunique and c.relnamespace = 'public'::regnamespace`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var table, index, first string
		if err := rows.Scan(&table, &index, &first); err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(routing, table) && first != "merchant_id" {
			t.Errorf("the unique index %s of %s begins with %q", index, table, first)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}

func TestEveryForeignKeyOfAMerchantsDataStaysWithinTheMerchant(t *testing.T) {
	t.Parallel()
	db := storetest.DB(t, storetest.URL(t))
	rows, err := db.Query(`
		select f.conname, c.relname, target.relname,
			(select a.attname::text from pg_attribute a where a.attrelid = f.conrelid and a.attnum = f.conkey[1]),
			(select a.attname::text from pg_attribute a where a.attrelid = f.confrelid and a.attnum = f.confkey[1])
		from pg_constraint f join pg_class c on c.oid = f.conrelid join pg_class target on target.oid = f.confrelid
		where f.contype = 'f' and c.relnamespace = 'public'::regnamespace`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name, table, target, from, to string
		if err := rows.Scan(&name, &table, &target, &from, &to); err != nil {
			t.Fatal(err)
		}
		if slices.Contains(routing, table) || slices.Contains(people, target) {
			continue
		}
		if from != "merchant_id" || to != "merchant_id" {
			t.Errorf("%s of %s refers to %s by %s → %s", name, table, target, from, to)
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
}
