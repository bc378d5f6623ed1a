// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";

/// @title ILicenseModule
/// @notice What a contract that issues licences answers about those it sold through the escrow.
interface ILicenseModule {
    /// @notice Whether the licence may not move, and whether its holder may use it.
    /// @dev Asked only for licences whose id carries the `ESCROWED` flag. Must not revert.
    function licenseState(uint256 licenseId) external view returns (bool locked, bool usable);
}

/// @title ILicenseToken
/// @notice ERC-721 licences. A licence remembers, in its id, the version it was sold for, whether it may be transferred
/// and the module that issued it; that module keeps its powers over the licence when it may no longer issue new ones.
/// @dev Trusted: the Authority names the modules. A module can burn only licences that it issued itself. It numbers
/// them, each with a serial of its own: a count that is kept here too would cost every sale 3,000 gas.
interface ILicenseToken is IERC721 {
    /// @notice A module may (or may no longer) issue licences. Its index is in the id of every licence it issued.
    event ModuleSet(address indexed module, uint32 indexed index, bool minting);

    /// @notice The caller is not a module that may issue licences.
    error LicenseToken_NotMinter(address caller);
    /// @notice The caller is not the module that issued the licence.
    error LicenseToken_NotIssuer(uint256 licenseId, address caller, address issuer);
    /// @notice The licence was sold to stay with its holder.
    error LicenseToken_Soulbound(uint256 licenseId);
    /// @notice The licence's deal is still open: it moves when the deal is settled.
    error LicenseToken_Locked(uint256 licenseId);
    /// @notice A module must be a contract.
    error LicenseToken_NotAContract(address module);

    /// @notice Lets a module issue licences, or stops it. Only through the Authority.
    /// @dev
    /// - Reverts with `AccessManagedUnauthorized` for anyone else.
    /// - Reverts with {LicenseToken_NotAContract} when there is no code at `module`.
    ///
    /// Emits {ModuleSet}. Stopping a module touches no licence that it issued.
    function setModule(address module, bool minting) external;

    /// @notice Issues a licence. Only a module that may issue can call.
    /// @dev
    /// - Reverts with {LicenseToken_NotMinter} for anyone else.
    /// - Reverts with ERC-6093 `ERC721InvalidReceiver` when `to` is zero, or a contract without the receiver hook.
    /// - Reverts with ERC-6093 `ERC721InvalidSender`, or as a transfer of it would, when a licence has this version,
    ///   flags and serial.
    ///
    /// Calls the receiver's hook last. Emits `Transfer`; the id in it carries version, flags, module and serial.
    /// @param to Who receives the licence.
    /// @param versionId Version that it covers.
    /// @param flags Bits of {LicenseIds}.
    /// @param serial The module's number for the licence. The module never gives it again, burned or not.
    function mint(address to, uint64 versionId, uint8 flags, uint64 serial) external returns (uint256 licenseId);

    /// @notice Burns a licence that was refunded. Only the module that issued it may call.
    /// @dev
    /// - Reverts with {LicenseToken_NotIssuer} for anyone else.
    /// - Reverts with ERC-6093 `ERC721NonexistentToken` when it does not exist.
    ///
    /// Emits `Transfer`. Irreversible: no module gives a serial twice.
    function burn(uint256 licenseId) external;

    /// @notice The one call an integrator needs: whether `user` may use the licence now.
    /// @dev Never reverts: false for a licence that does not exist, belongs to somebody else, is not delivered yet or
    /// is in dispute.
    function isAuthorized(uint256 licenseId, address user) external view returns (bool);

    /// @notice Whether a licence covers a version: the one it was sold for, and later ones of the same model when it
    /// includes updates. Says nothing of who holds it: ask `isAuthorized` too.
    function covers(uint256 licenseId, uint64 versionId) external view returns (bool);

    /// @notice What a licence's id says: the version it was sold for, its flags ({LicenseIds}) and who issued it.
    function licenseInfo(
        uint256 licenseId
    ) external view returns (uint64 versionId, bool transferable, bool escrowed, bool updates, address module);

    /// @notice Index and right to issue of a module; the index is 0 for a stranger.
    function moduleInfo(address module) external view returns (uint32 index, bool minting);
}
