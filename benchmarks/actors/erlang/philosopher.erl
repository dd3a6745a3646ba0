-module(philosopher).
-export([run/2]).
-define(SEATS, 20).

run(Rounds, _) ->
    Philosophers = [spawn_link(fun() -> wait(Number, Rounds) end)
                    || Number <- lists:seq(0, ?SEATS - 1)],
    Start = program:now_ns(),
    program:start_all(Philosophers),
    Meals = arbitrate(0, 0, 0),
    Elapsed = program:now_ns() - Start,
    program:expect("meals", Meals, ?SEATS * Rounds),
    {Elapsed, ?SEATS * Rounds}.

%% Forks: a bit for each one that is taken.
arbitrate(_, Meals, ?SEATS) ->
    Meals;
arbitrate(Forks, Meals, Gone) ->
    receive
        {hungry, From, Number} ->
            Both = both(Number),
            case Forks band Both of
                0 ->
                    From ! eat,
                    arbitrate(Forks bor Both, Meals, Gone);
                _ ->
                    From ! denied,
                    arbitrate(Forks, Meals, Gone)
            end;
        {done, Number} ->
            arbitrate(Forks band bnot both(Number), Meals + 1, Gone);
        exit ->
            arbitrate(Forks, Meals, Gone + 1)
    end.

both(Number) ->
    1 bsl Number bor (1 bsl ((Number + 1) rem ?SEATS)).

wait(Number, Rounds) ->
    receive {start, Arbiter} -> ask(Arbiter, Number, Rounds) end.

ask(Arbiter, Number, Left) ->
    Arbiter ! {hungry, self(), Number},
    receive
        denied ->
            ask(Arbiter, Number, Left);
        eat when Left =:= 1 ->
            Arbiter ! {done, Number},
            Arbiter ! exit;
        eat ->
            Arbiter ! {done, Number},
            self() ! again,
            receive again -> ask(Arbiter, Number, Left - 1) end
    end.
