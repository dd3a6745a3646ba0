-module(chameneos).
-export([run/2]).
-define(CREATURES, 100).

run(Meetings, _) ->
    Creatures = [spawn_link(fun() -> wait(Colour rem 3) end) || Colour <- lists:seq(1, ?CREATURES)],
    Start = program:now_ns(),
    program:start_all(Creatures),
    mall(none, Meetings),
    Met = collect(?CREATURES, 0),
    Elapsed = program:now_ns() - Start,
    program:expect("meetings", Met, 2 * Meetings),
    {Elapsed, 4 * Meetings}.

mall(none, 0) ->
    ok;
mall(none, Left) ->
    receive {meet, First, _} -> mall(First, Left) end;
mall(First, Left) ->
    receive
        {meet, _, _} = Second ->
            First ! Second,
            mall(none, Left - 1)
    end.

collect(0, Met) ->
    Met;
collect(Left, Met) ->
    receive
        {meet, Creature, _} ->
            Creature ! exit,
            collect(Left, Met);
        {met, Number} ->
            collect(Left - 1, Met + Number)
    end.

wait(Colour) ->
    receive {start, Mall} -> visit(Mall, Colour, 0) end.

visit(Mall, Colour, Met) ->
    Mall ! {meet, self(), Colour},
    receive
        {meet, Other, Its} ->
            New = complement(Colour, Its),
            Other ! {change, New},
            visit(Mall, New, Met + 1);
        {change, New} ->
            visit(Mall, New, Met + 1);
        exit ->
            Mall ! {met, Met}
    end.

%% Colours 0 to 2: the same one, or the third.
complement(Colour, Colour) -> Colour;
complement(Colour, Other) -> 3 - Colour - Other.
