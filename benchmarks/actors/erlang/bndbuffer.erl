-module(bndbuffer).
-export([run/2]).
-define(PRODUCERS, 40).
-define(CONSUMERS, 40).
-define(BUFFER, 50).

run(Items, Cost) ->
    Manager = self(),
    Makers = [spawn_link(fun() -> produce(Manager, Items, Cost, 0.0) end)
              || _ <- lists:seq(1, ?PRODUCERS)],
    Takers = [spawn_link(fun() -> consume(Manager, Cost, 0, 0.0) end)
              || _ <- lists:seq(1, ?CONSUMERS)],
    Start = program:now_ns(),
    [Maker ! produce || Maker <- Makers],
    manage(queue:new(), queue:from_list(Takers), ?CONSUMERS, queue:new(), 0, 0),
    Elapsed = program:now_ns() - Start,
    [Taker ! retrieve || Taker <- Takers],
    Taken = lists:sum([receive {taken, Number} -> Number end || _ <- Takers]),
    program:expect("items", Taken, ?PRODUCERS * Items),
    {Elapsed, 4 * ?PRODUCERS * Items}.

manage(_, _, ?CONSUMERS, _, _, ?PRODUCERS) ->
    ok;
manage(Makers, Takers, Idle, Items, Length, Gone) ->
    receive
        {item, Maker, Item} when Idle > 0 ->
            {{value, Taker}, Rest} = queue:out(Takers),
            Taker ! {item, Item},
            Maker ! produce,
            manage(Makers, Rest, Idle - 1, Items, Length, Gone);
        {item, Maker, Item} when Length + 1 >= ?BUFFER - ?PRODUCERS ->
            manage(queue:in(Maker, Makers), Takers, Idle, queue:in(Item, Items), Length + 1, Gone);
        {item, Maker, Item} ->
            Maker ! produce,
            manage(Makers, Takers, Idle, queue:in(Item, Items), Length + 1, Gone);
        {ready, Taker} when Length =:= 0 ->
            manage(Makers, queue:in(Taker, Takers), Idle + 1, Items, Length, Gone);
        {ready, Taker} ->
            {{value, Item}, Rest} = queue:out(Items),
            Taker ! {item, Item},
            manage(wake(Makers), Takers, Idle, Rest, Length - 1, Gone);
        exit ->
            manage(Makers, Takers, Idle, Items, Length, Gone + 1)
    end.

wake(Makers) ->
    case queue:out(Makers) of
        {{value, Maker}, Rest} ->
            Maker ! produce,
            Rest;
        {empty, _} ->
            Makers
    end.

produce(Manager, 0, _, _) ->
    receive produce -> Manager ! exit end;
produce(Manager, Left, Cost, Item) ->
    receive
        produce ->
            New = spend(Item, 100 * Cost, Cost),
            Manager ! {item, self(), New},
            produce(Manager, Left - 1, Cost, New)
    end.

consume(Manager, Cost, Taken, Sum) ->
    receive
        {item, Item} ->
            New = spend(Sum + Item, 100 * Cost, Cost),
            Manager ! {ready, self()},
            consume(Manager, Cost, Taken + 1, New);
        retrieve ->
            Manager ! {taken, Taken}
    end.

%% Savina's sum of logarithms of random numbers.
spend(Item, 0, _) ->
    Item;
spend(Item, Left, Random) ->
    New = (Random * 1309 + 13849) band 65535,
    spend(Item + math:log(New / 65536.0 + 0.01), Left - 1, New).
