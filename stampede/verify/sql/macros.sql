-- A fact's value as text, so that 10.50 and 10.5, and 3 and 3.0, are the same.
create macro norm(v) as
    case when contains(v, '.') and regexp_full_match(v, '-?\d+\.\d+') then rtrim(rtrim(v, '0'), '.') else v end;
-- JSON null as the text "null", as clients record it. A quote inside a string is escaped and does not match.
create macro with_nulls(j) as
    case when contains(j, 'null') then regexp_replace(j, '([^\\]"\s*:\s*)null(\s*[,}])', '\1"null"\2', 'g') else j end;
create macro read_items(answer) as from_json(answer, '{"items":[{"entity":"VARCHAR","facts":"JSON"}]}').items;
-- Flat facts as sorted text.
create macro facts_of(j) as list_aggregate(list_sort(list_transform(map_entries(from_json(j, '"MAP(VARCHAR, VARCHAR)"')),
    lambda e: e.key || '=' || norm(coalesce(e.value, 'null')))), 'string_agg', ', ');
-- The key of an entity's states, or of an actor's own states in it.
create macro who(entity, actor) as hash(hash(entity), case when actor is not null then hash(actor) end);
create macro allowed(allows) as coalesce(from_json(allows, '["VARCHAR"]'), []);
create macro step(name) as '."' || replace(name, '"', '\"') || '"';
-- The argument of an operation for one entity: args[entity][name], else args[name].
create macro argument(args, entity, name) as try_cast(coalesce(
    json_extract_string(args, '$' || step(entity) || step(name)), json_extract_string(args, '$' || step(name))) as double);
create macro holds(x, op, n) as case op when '<' then x < n when '<=' then x <= n when '>' then x > n when '>=' then x >= n
    when '=' then x = n when '<>' then x <> n end;
