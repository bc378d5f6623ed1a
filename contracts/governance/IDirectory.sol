// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IDirectory
/// @notice Tells integrators which contract serves a purpose now, and which one did at any time before.
///
/// It grants nothing: what a contract may do is said by the Authority. An *entry* is the contract under a name. Names
/// are short strings in a bytes32, such as "Market".
interface IDirectory {
    /// @notice Another contract is in force under this name from now on.
    event EntrySet(bytes32 indexed name, address indexed entry, address indexed previous);

    /// @notice A name needs at least one character.
    error Directory_EmptyName();
    /// @notice An entry must be a contract.
    error Directory_NotAContract(address entry);
    /// @notice This contract is in force already.
    error Directory_AlreadyInForce(bytes32 name, address entry);
    /// @notice No contract was ever set under this name.
    error Directory_Unknown(bytes32 name);

    /// @notice Puts a contract in force under a name. Restricted: a constitutional vote.
    /// @dev
    /// - Reverts with {Directory_EmptyName} for the name of zero bytes.
    /// - Reverts with {Directory_NotAContract} for an address without code.
    /// - Reverts with {Directory_AlreadyInForce} when nothing would change.
    ///
    /// Emits {EntrySet}.
    function set(bytes32 name, address entry) external;

    /// @notice The contract in force.
    /// @dev Reverts with {Directory_Unknown} when there never was one.
    function entryOf(bytes32 name) external view returns (address);

    /// @notice The contract that was in force at a time, in Unix time; zero before the first.
    function entryAt(bytes32 name, uint256 timepoint) external view returns (address);

    /// @notice How many contracts have been in force under a name.
    function versionsOf(bytes32 name) external view returns (uint256);

    /// @notice One of them, from 0, and since when it was in force, in Unix time.
    function versionAt(bytes32 name, uint32 index) external view returns (address entry, uint256 since);

    /// @notice All names, in the order they first appeared.
    function names() external view returns (bytes32[] memory);
}
