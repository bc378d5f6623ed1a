// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title IDirectory
/// @notice Tells integrators which contract serves a purpose now, and which one did at any time before.
///
/// It grants nothing: what a module may do is said by the Authority. Names are short strings in a bytes32, such as "Market".
interface IDirectory {
    /// @notice A module is in force under this name from now on.
    event ModuleSet(bytes32 indexed name, address indexed module, address indexed previous);

    /// @notice A name needs at least one character.
    error Directory_EmptyName();
    /// @notice The module is not a contract.
    error Directory_NotAContract(address module);
    /// @notice The module is in force already.
    error Directory_AlreadyInForce(bytes32 name, address module);
    /// @notice No module was ever set under this name.
    error Directory_Unknown(bytes32 name);

    /// @notice Puts a module in force. Restricted: a constitutional vote.
    /// @dev
    /// - Reverts with `Directory_EmptyName` for the name of zero bytes.
    /// - Reverts with `Directory_NotAContract` for an address without code.
    /// - Reverts with `Directory_AlreadyInForce` when nothing would change.
    ///
    /// Emits `ModuleSet`.
    function set(bytes32 name, address module) external;

    /// @notice The module in force.
    /// @dev Reverts with `Directory_Unknown` when there never was one.
    function moduleOf(bytes32 name) external view returns (address);

    /// @notice The module that was in force at a time, in seconds; zero before the first.
    function moduleAt(bytes32 name, uint256 timepoint) external view returns (address);

    /// @notice How many modules have been in force under a name.
    function versionsOf(bytes32 name) external view returns (uint256);

    /// @notice One of them, from 0, and since when it was in force, in seconds.
    function versionAt(bytes32 name, uint32 index) external view returns (address module, uint256 since);

    /// @notice All names, in the order they first appeared.
    function names() external view returns (bytes32[] memory);
}
