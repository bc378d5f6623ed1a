// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice How much a proposal may change, and so what it takes. The order is the order of strictness.
enum ProposalKind {
    None,
    Parameters,
    Money,
    Constitution
}

/// @dev What `IBallotBox.kindOf` answers in place of a phase for a vote that regrows the DAO. It is judged like one of
/// phase 1, and only while the DAO lacks citizens.
uint8 constant REGROWING = 3;

/// @title IProposalRules
/// @notice What a proposal must look like. Reads what it may change from its calls and from the Authority's roles,
/// never from what its author says.
///
/// A call with value is Money at least. The governor, the timelock, the Authority, the token and the registry are
/// Constitution whatever their roles say; so is every call that is not known to be less: role 0, an unknown target,
/// less than four bytes.
interface IProposalRules {
    /// @notice In this phase the DAO may not make this call yet.
    error ProposalRules_NotYetAllowed(uint256 call, uint8 phase);
    /// @notice The payment, or the appointment of an issuer, was voted on by the rules of `phase`, without the
    /// citizens' consent; the DAO has grown up since, and they have to agree now.
    error ProposalRules_VotedTooEarly(uint256 call, uint8 phase);
    /// @notice The call names or disavows an issuer by a vote that did not need the citizens, because the DAO lacked
    /// them. It has them again, and they have to agree.
    error ProposalRules_NotWithoutCitizens(uint256 call);
    /// @notice The call disavows or retires an issuer that nobody has appointed.
    error ProposalRules_UnknownIssuer(uint256 call, uint256 issuerId);

    /// @notice The strictest kind over all calls, as the roles are now.
    /// @dev
    /// - Reverts with {ProposalRules_UnknownIssuer} when a call disavows or retires an issuer that the registry does
    ///   not know: a vote about somebody who is appointed afterwards would be about nobody's deeds.
    /// - Reverts with {ProposalRules_NotYetAllowed} when `phase` is not 2 and a call is neither about parameters, nor a
    ///   payment of the treasury, nor the appointment or disavowal of an issuer.
    /// - Reverts with {ProposalRules_VotedTooEarly} when `phase` is below 2, the DAO has reached 2, and a call is a
    ///   payment, or appoints an issuer while the DAO does not lack citizens: neither is limited any more as it was.
    /// - Reverts with {ProposalRules_NotWithoutCitizens} when `phase` is `REGROWING` and the DAO does not lack citizens
    ///   any more.
    /// @param phase The bootstrap phase to judge by: the one in which the proposal was made, or `REGROWING`, see
    /// {IBallotBox}.
    function classify(
        address[] calldata targets,
        uint256[] calldata values,
        bytes[] calldata calldatas,
        uint8 phase
    ) external view returns (ProposalKind);

    /// @notice Whether a description ends with `#proposer=` and this address. A proposal that does not name its
    /// proposer could be made by anyone else first, and cancelled.
    function namesProposer(string calldata description, address proposer) external pure returns (bool);
}
