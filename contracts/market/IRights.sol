// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ILicenseRights} from "../license/ILicenseToken.sol";
import {Offer} from "./IMarket.sol";

/// @notice What a market tells a rights module about a sale or a renewal.
/// @param licenseId The licence. In a new sale it does not exist yet.
/// @param termsHash Hash of the offer.
/// @param terms The offer's `rightsTerms`.
/// @param payer Who pays.
/// @param recipient Who receives the licence, or whom the buyer names in a renewal: not always its holder.
/// @param payee Who is paid for licences of the version now.
/// @param referrer Who sent the buyer; zero when nobody did.
/// @param treasury Who receives the protocol's fee now.
/// @param payToken The offer's token; zero is the native coin.
/// @param price What is paid, for all that is bought, in the token's smallest unit.
/// @param protocolFeeBps The protocol's fee now, in basis points.
/// @param referrerBps The referrer's share in basis points; 0 without a referrer.
/// @param key The buyer's `pad`; what it means is the module's own.
/// @param quantity How many times the offer is bought; at least 1.
/// @param renewal Whether `licenseId` is renewed.
struct Sale {
    uint256 licenseId;
    bytes32 termsHash;
    bytes32 terms;
    address payer;
    address recipient;
    address payee;
    address referrer;
    address treasury;
    address payToken;
    uint128 price;
    uint16 protocolFeeBps;
    uint16 referrerBps;
    address key;
    uint32 quantity;
    bool renewal;
}

/// @title IRights
/// @notice A rights module: says who may use licences that were sold with its index, and takes part in their sales.
/// @dev A module that keeps money must serve one market, and refuse `grant` from anybody else: another issuer could
/// grant what nobody paid for.
interface IRights is ILicenseRights {
    /// @notice Returns when an offer's terms are such that the module can keep them, and reverts with its reason when
    /// they are not.
    /// @dev Asked when an offer is listed. A signed offer comes to `grant` unseen: check the terms there too.
    function check(Offer calldata offer) external view;

    /// @notice A licence is sold or renewed; to revert is to refuse. Only the market may call.
    /// @dev Called before the money moves: what fails later undoes it. The market has checked that a renewed licence
    /// names this module and was sold under these terms, and neither that it exists nor who holds it.
    /// @return keepsMoney Whether the whole price is credited to the module, which then owes the shares of payee,
    /// treasury and referrer. Otherwise they are credited at once.
    function grant(Sale calldata sale) external returns (bool keepsMoney);

    /// @notice What is left of a licence: the Unix time at which it expires, or units. The highest number when nothing
    /// runs out, 0 for an unknown licence.
    function measure(uint256 licenseId) external view returns (uint256);
}
