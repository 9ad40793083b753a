-- One row per definition of the watched schemas: what it is, and a fingerprint of it.
-- No statistics, sizes, sequence values or transaction ids, so that ANALYZE, VACUUM and inserts change nothing here.
-- Neither owners nor privileges. Objects of an extension are left out.
with schemas as (
    select oid, nspname::text as name from pg_namespace where nspname = any (%(schemas)s)
), extended as (
    select classid, objid from pg_depend where deptype = 'e'
), relations as (
    select c.*, s.name || '.' || c.relname as name, case c.relkind
        when 'v' then 'view' when 'm' then 'materialized view' when 'f' then 'foreign table' when 'S' then 'sequence'
        when 'c' then 'type' else 'table' end as kind
    from pg_class c join schemas s on s.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S', 'c')
        and ('pg_class'::regclass, c.oid) not in (select classid, objid from extended)
        and ('pg_type'::regclass, c.reltype) not in (select classid, objid from extended)
), types as (
    select t.*, s.name || '.' || t.typname as name
    from pg_type t join schemas s on s.oid = t.typnamespace
    where t.typtype in ('d', 'e', 'r') and ('pg_type'::regclass, t.oid) not in (select classid, objid from extended)
), functions as (
    select p.oid, p.prokind, s.name || '.' || p.proname || '(' || oidvectortypes(p.proargtypes) || ')' as name
    from pg_proc p join schemas s on s.oid = p.pronamespace
    where ('pg_proc'::regclass, p.oid) not in (select classid, objid from extended)
), definitions as (
    select r.kind || ' ' || r.name as row_key, row(
        r.relpersistence, r.relrowsecurity, r.relforcerowsecurity, r.reloptions,
        pg_get_partkeydef(r.oid), pg_get_expr(r.relpartbound, r.oid),
        array(select i.inhparent::regclass::text from pg_inherits i where i.inhrelid = r.oid order by i.inhseqno),
        case when r.relkind in ('v', 'm') then pg_get_viewdef(r.oid) end,
        (select row(format_type(q.seqtypid, null), q.seqstart, q.seqincrement, q.seqmin, q.seqmax, q.seqcache,
            q.seqcycle)::text from pg_sequence q where q.seqrelid = r.oid)
    )::text as definition
    from relations r
    union all
    select r.kind || ' ' || r.name || ' column ' || a.attname, row(
        a.attnum, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated,
        (select pg_get_expr(d.adbin, d.adrelid) from pg_attrdef d where d.adrelid = r.oid and d.adnum = a.attnum),
        (select o.collnamespace::regnamespace || '.' || o.collname from pg_collation o where o.oid = a.attcollation)
    )::text
    from relations r join pg_attribute a on a.attrelid = r.oid
    where r.relkind <> 'S' and a.attnum > 0 and not a.attisdropped
    union all
    -- A foreign key is enforced by internal triggers, which DISABLE TRIGGER ALL turns off.
    select 'constraint ' || coalesce(r.name, t.name) || ' ' || k.conname, row(
        pg_get_constraintdef(k.oid),
        array(select p.proname || ' ' || g.tgenabled::text from pg_trigger g join pg_proc p on p.oid = g.tgfoid
              where g.tgconstraint = k.oid and g.tgisinternal order by 1)
    )::text
    from pg_constraint k left join relations r on r.oid = k.conrelid left join types t on t.oid = k.contypid
    where r.oid is not null or t.oid is not null
    union all
    select 'index ' || r.name || ' ' || c.relname, row(pg_get_indexdef(c.oid), i.indisvalid)::text
    from pg_index i join relations r on r.oid = i.indrelid join pg_class c on c.oid = i.indexrelid
    union all
    select 'trigger ' || r.name || ' ' || g.tgname, row(pg_get_triggerdef(g.oid), g.tgenabled)::text
    from pg_trigger g join relations r on r.oid = g.tgrelid where not g.tgisinternal
    union all
    select 'rule ' || r.name || ' ' || w.rulename, row(pg_get_ruledef(w.oid), w.ev_enabled)::text
    from pg_rewrite w join relations r on r.oid = w.ev_class where w.rulename <> '_RETURN'
    union all
    select 'policy ' || r.name || ' ' || y.polname, row(
        y.polcmd, y.polpermissive, y.polroles, pg_get_expr(y.polqual, y.polrelid),
        pg_get_expr(y.polwithcheck, y.polrelid)
    )::text
    from pg_policy y join relations r on r.oid = y.polrelid
    union all
    select case f.prokind when 'a' then 'aggregate ' when 'p' then 'procedure ' else 'function ' end || f.name,
        -- pg_get_functiondef fails on an aggregate.
        case when f.prokind = 'a' then (select a::text from pg_aggregate a where a.aggfnoid = f.oid)
            else pg_get_functiondef(f.oid) end
    from functions f
    union all
    select 'type ' || t.name, row(
        t.typtype, format_type(t.typbasetype, t.typtypmod), t.typnotnull, t.typdefault,
        array(select e.enumlabel::text from pg_enum e where e.enumtypid = t.oid order by e.enumsortorder),
        (select format_type(g.rngsubtype, null) from pg_range g where g.rngtypid = t.oid)
    )::text
    from types t
)
select row_key, md5(coalesce(definition, '')) as fingerprint from definitions order by row_key
