-- A fact's value as text, so that 10.50 and 10.5, and 3 and 3.0, are the same.
create macro norm(v) as
    case when ends_with(v, '0') and contains(v, '.') and regexp_full_match(v, '-?\d+\.\d+') then rtrim(rtrim(v, '0'), '.') else v end;
-- JSON null as the text "null", as clients record it. A quote inside a string is escaped and does not match.
create macro with_nulls(j) as
    case when contains(j, 'null') then regexp_replace(j, '([^\\]"\s*:\s*)null(\s*[,}])', '\1"null"\2', 'g') else j end;
create macro read_items(answer) as from_json(answer, '{"items":[{"entity":"VARCHAR","facts":"JSON"}]}').items;
-- Flat facts as a list of {key, value}.
create macro pairs_of(j) as map_entries(from_json(j, '"MAP(VARCHAR, VARCHAR)"'));
-- Flat facts as sorted text.
create macro facts_of(j) as list_aggregate(list_sort(list_transform(pairs_of(j),
    lambda fact: fact.key || '=' || norm(coalesce(fact.value, 'null')))), 'string_agg', ', ');
-- The key of an entity's states, or of an actor's own states in it.
create macro who(entity, actor) as hash(hash(entity), case when actor is not null then hash(actor) end);
create macro allowed(allows) as coalesce(from_json(allows, '["VARCHAR"]'), []);
create macro step(name) as '."' || replace(name, '"', '\"') || '"';
-- The argument of an operation for one entity: args[entity][name], else args[name].
create macro argument(args, entity, name) as try_cast(coalesce(
    json_extract_string(args, '$' || step(entity) || step(name)), json_extract_string(args, '$' || step(name))) as double);
-- A fact as a number.
create macro fact(facts, name) as try_cast(json_extract_string(facts, '$' || step(name)) as double);
create macro holds(x, op, n) as case op when '<' then x < n when '<=' then x <= n when '>' then x > n when '>=' then x >= n
    when '=' then x = n when '<>' then x <> n end;
-- The parts of a condition `fact operator number`; empty texts if it cannot be parsed.
create macro read_condition(text) as regexp_extract(text,
    '^\s*([^\s<>=]+)\s*(<=|>=|<>|<|>|=)\s*([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)\s*$', ['name', 'op', 'number']);
-- Whether one of the pairs has another value in the facts.
create macro contradicts(facts, pairs) as coalesce(list_bool_or(list_transform(
    pairs, lambda w: norm(json_extract_string(facts, '$' || step(w.key))) <> norm(w.value))), false);
-- Conditions are {name, op, number}; one whose fact is missing, or no number, is neither met nor broken.
create macro met(facts, condition) as holds(fact(facts, condition.name), condition.op, condition.number);
create macro meets(facts, conditions) as
    coalesce(list_bool_and(list_transform(conditions, lambda c: coalesce(met(facts, c), false))), true);
create macro breaks(facts, conditions) as
    coalesce(list_bool_or(list_transform(conditions, lambda c: not met(facts, c))), false);
create macro is_of(entity, kind) as kind = '' or starts_with(entity, kind || ' ');
create macro asked_for(kind, where_text, texts) as
    concat_ws(' and ', nullif(kind, ''), nullif(facts_of(where_text), ''), nullif(array_to_string(texts, ' and '), ''));
