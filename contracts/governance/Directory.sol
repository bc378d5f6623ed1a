// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Checkpoints} from "@openzeppelin/contracts/utils/structs/Checkpoints.sol";
import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";

import {IDirectory} from "./IDirectory.sol";

/// @title Directory
/// @notice See {IDirectory}.
contract Directory is IDirectory, AccessManaged {
    using Checkpoints for Checkpoints.Trace160;
    using EnumerableSet for EnumerableSet.Bytes32Set;

    EnumerableSet.Bytes32Set private _names;
    mapping(bytes32 name => Checkpoints.Trace160) private _entries;

    /// @param authority The Authority that says who may set an entry.
    constructor(address authority) AccessManaged(authority) {}

    /// @inheritdoc IDirectory
    function set(bytes32 name, address entry) external restricted {
        require(name != bytes32(0), Directory_EmptyName());
        require(entry.code.length != 0, Directory_NotAContract(entry));
        address previous = address(_entries[name].latest());
        require(entry != previous, Directory_AlreadyInForce(name, entry));

        _names.add(name);
        _entries[name].push(uint96(block.timestamp), uint160(entry));
        emit EntrySet(name, entry, previous);
    }

    /// @inheritdoc IDirectory
    function entryOf(bytes32 name) external view returns (address entry) {
        entry = address(_entries[name].latest());
        require(entry != address(0), Directory_Unknown(name));
    }

    /// @inheritdoc IDirectory
    function entryAt(bytes32 name, uint256 timepoint) external view returns (address) {
        return address(_entries[name].upperLookupRecent(uint96(Math.min(timepoint, type(uint96).max))));
    }

    /// @inheritdoc IDirectory
    function versionsOf(bytes32 name) external view returns (uint256) {
        return _entries[name].length();
    }

    /// @inheritdoc IDirectory
    function versionAt(bytes32 name, uint32 index) external view returns (address entry, uint256 since) {
        Checkpoints.Checkpoint160 memory version = _entries[name].pos(index);
        return (address(version._value), version._key);
    }

    /// @inheritdoc IDirectory
    function names() external view returns (bytes32[] memory) {
        return _names.values();
    }
}
