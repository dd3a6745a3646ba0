-module(concdict).
-export([run/2]).
-define(WORKERS, 20).
-define(WRITE_PERCENT, 10).
-define(KEYS, 524287).

run(Requests, _) ->
    Dictionary = spawn_link(fun dictionary/0),
    Dictionary ! {retrieve, self()},
    receive {asked, 0} -> ok end,
    Workers = [spawn_link(fun() -> wait(Dictionary, Number, Requests) end)
               || Number <- lists:seq(1, ?WORKERS)],
    Start = program:now_ns(),
    program:start_all(Workers),
    program:await_done(?WORKERS),
    Elapsed = program:now_ns() - Start,
    Dictionary ! {retrieve, self()},
    receive {asked, Asked} -> program:expect("requests", Asked, ?WORKERS * Requests) end,
    unlink(Dictionary),
    exit(Dictionary, kill),
    {Elapsed, 2 * ?WORKERS * Requests}.

dictionary() ->
    Table = ets:new(dictionary, [set, private]),
    ets:insert(Table, [{Key, Key} || Key <- lists:seq(1, ?KEYS)]),
    serve(Table, 0).

serve(Table, Asked) ->
    receive
        {read, Key, From} ->
            From ! {result, ets:lookup_element(Table, Key, 2)},
            serve(Table, Asked + 1);
        {write, Key, Value, From} ->
            ets:insert(Table, {Key, Value}),
            From ! {result, Value},
            serve(Table, Asked + 1);
        {retrieve, From} ->
            From ! {asked, Asked},
            serve(Table, Asked)
    end.

wait(Dictionary, Number, Requests) ->
    receive {start, Master} -> work(Master, Dictionary, Number, Requests) end.

%% Every value is congruent to its key, so that each answer can be checked.
work(Master, _, _, 0) ->
    Master ! done;
work(Master, Dictionary, Random, Left) ->
    R1 = program:random(Random),
    R2 = program:random(R1),
    R3 = program:random(R2),
    Key = 1 + ((R2 band 7) bsl 16 + R3) rem ?KEYS,
    Last = case R1 rem 100 < ?WRITE_PERCENT of
        true ->
            R4 = program:random(R3),
            Dictionary ! {write, Key, Key + ?KEYS * (R4 rem 1000), self()},
            R4;
        false ->
            Dictionary ! {read, Key, self()},
            R3
    end,
    receive
        {result, Value} when Value rem ?KEYS =:= Key rem ?KEYS ->
            work(Master, Dictionary, Last, Left - 1)
    end.
