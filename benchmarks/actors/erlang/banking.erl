-module(banking).
-export([run/2]).
-define(ACCOUNTS, 1000).
-define(FIRST_BALANCE, 1000000).

run(Transfers, _) ->
    Pids = [spawn_link(fun() -> account(?FIRST_BALANCE) end) || _ <- lists:seq(1, ?ACCOUNTS)],
    All = list_to_tuple(Pids),
    Start = program:now_ns(),
    order(All, Transfers, 0),
    program:await_done(Transfers),
    Elapsed = program:now_ns() - Start,
    [Pid ! {retrieve, self()} || Pid <- Pids],
    Sum = lists:sum([receive {balance, Balance} -> Balance end || _ <- Pids]),
    program:expect("the sum of the balances", Sum, ?ACCOUNTS * ?FIRST_BALANCE),
    {Elapsed, 4 * Transfers}.

%% From an account to one with a higher number: no two wait for each other.
order(_, 0, _) ->
    ok;
order(All, Left, Random) ->
    R1 = program:random(Random),
    R2 = program:random(R1),
    R3 = program:random(R2),
    From = R1 rem (?ACCOUNTS div 10 * 8),
    To = From + 1 + R2 rem (?ACCOUNTS - From - 1),
    element(From + 1, All) ! {credit, self(), R3 rem 1000, element(To + 1, All)},
    order(All, Left - 1, R3).

%% One transfer at a time: messages that come meanwhile wait in the mailbox, over which the fresh
%% reference lets the receive skip.
account(Balance) ->
    receive
        {credit, Teller, Amount, To} ->
            Ask = make_ref(),
            To ! {debit, self(), Ask, Amount},
            receive {Ask, ok} -> ok end,
            Teller ! done,
            account(Balance - Amount);
        {debit, From, Ask, Amount} ->
            From ! {Ask, ok},
            account(Balance + Amount);
        {retrieve, From} ->
            From ! {balance, Balance}
    end.
