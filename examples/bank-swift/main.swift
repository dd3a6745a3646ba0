// A bank: customers move money between ten accounts through a teller, while an auditor closes one
// account after the other for a moment. Asks have time-outs, and yet no money is lost or made. The
// same program as ../bank.
//
//     swift run -c release bank-swift
//
// Why it holds: an ask ends once. Either `reply` returns true and the asker gets that answer, or
// the asker gets `.timedOut` and `reply` returns false. So an account moves money if and only if
// its answer is in time.

import Penstock

let accountCount = 10
let start = 1000
let customerCount = 8
let transfersEach = 250
let patience = Duration.microseconds(200)

// MARK: - Accounts

struct Account: Behaviour {
    enum Message: Sendable {
        /// The answer: whether there was so much.
        case withdraw(Int, Reply<Bool>)
        case deposit(Int, Reply<Void>)
        case balance(Reply<Int>)
        case close
        case open
    }
    private var balance = start
    private var isClosed = false

    init() {}

    mutating func receive(_ message: Message, _ context: borrowing Context) throws {
        switch message {
        case .open:
            isClosed = false
            context.unstash()
        case _ where isClosed:
            try context.stash()
        case .withdraw(let amount, let reply):
            let isThere = amount <= balance
            if context.reply(isThere, to: reply) && isThere { balance -= amount }
        case .deposit(let amount, let reply):
            if context.reply(to: reply) { balance += amount }
        case .balance(let reply):
            context.reply(balance, to: reply)
        case .close:
            isClosed = true
            try context.after(patience * 3, send: .open)
        }
    }
}

// MARK: - The teller: asks within asks

struct Transfer: Sendable {
    let from: ActorRef<Account.Message>
    let to: ActorRef<Account.Message>
    let amount: Int

    enum Outcome: Sendable { case done, refused, late }
}

struct Teller: Behaviour {
    enum Message: Sendable {
        case transfer(Transfer, Reply<Transfer.Outcome>)
    }

    mutating func receive(_ message: Message, _ context: borrowing Context) throws {
        switch message {
        case .transfer(let transfer, let customer):
            try context.ask(transfer.from, timeout: patience) {
                .withdraw(transfer.amount, $0)
            } then: { teller, answer, context in
                switch answer {
                case .success(true): try teller.deposit(transfer, customer, context)
                case .success(false): context.reply(.refused, to: customer)
                case .failure: context.reply(.late, to: customer)
                }
            }
        }
    }

    private func deposit(
        _ transfer: Transfer, _ customer: Reply<Transfer.Outcome>, _ context: borrowing Context
    ) throws {
        try context.ask(transfer.to, timeout: patience) {
            .deposit(transfer.amount, $0)
        } then: { _, answer, context in
            if case .success = answer {
                context.reply(.done, to: customer)
                return
            }
            // It did not get the money and never will: back with it, however long that takes.
            try context.ask(transfer.from) {
                .deposit(transfer.amount, $0)
            } then: { _, _, context in
                context.reply(.late, to: customer)
            }
        }
    }
}

// MARK: - Customers

func run() async throws -> Bool {
    let engine = try Engine()
    let teller = try engine.spawn(Teller())
    let accounts = try (0..<accountCount).map { _ in try engine.spawn(Account()) }

    /// A customer, and the auditor who comes now and then.
    @Sendable func goShopping() async throws -> [Transfer.Outcome] {
        var outcomes: [Transfer.Outcome] = []
        for i in 0..<transfersEach {
            let pair = accounts.shuffled()
            let transfer = Transfer(from: pair[0], to: pair[1], amount: .random(in: 1...start / 2))
            if i % 12 == 0 { try engine.send(.close, to: transfer.to) }
            outcomes.append(try await engine.ask(teller) { .transfer(transfer, $0) })
        }
        return outcomes
    }

    let outcomes = try await withThrowingTaskGroup { group in
        for _ in 0..<customerCount { group.addTask { try await goShopping() } }
        return try await group.reduce(into: [], +=)
    }
    var total = 0
    for account in accounts { total += try await engine.ask(account) { .balance($0) } }
    let (done, refused, late) = (
        outcomes.count { $0 == .done }, outcomes.count { $0 == .refused },
        outcomes.count { $0 == .late }
    )
    print(
        "\(done) transfers, \(refused) refused, \(late) too late;",
        "\(total) of \(accountCount * start) in the bank")
    return total == accountCount * start
}

let isRight = try await run()
precondition(isRight, "money was lost or made")
